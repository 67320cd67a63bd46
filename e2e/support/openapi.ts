import { z } from 'zod';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>
  >;
}
type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly traceId: string;
  readonly body: unknown;
}

/** Sends JSON and reads the answer, whatever its status. */
export async function request(url: string, method: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    type,
    traceId: (response.headers.get('server-timing') ?? '').split('-')[1] ?? '',
    body: type.includes('json') ? JSON.parse(text) : text,
  };
}

/** What a role says of itself, and whether its answers keep to it. */
export class OpenApi {
  readonly #used = new Set<string>();

  private readonly document: Document;

  /** @param document as `GET /openapi.json` answers it */
  constructor(document: unknown) {
    this.document = document as Document;
  }

  get version(): string {
    return this.document.openapi;
  }

  /** `method path` of the operations of which no answer was checked. */
  get unused(): string[] {
    return Object.entries(this.document.paths)
      .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`))
      .filter((operation) => !this.#used.has(operation));
  }

  /** @throws Error when the document has no such answer, or the body is not as its schema says. */
  check(method: string, path: string, { status, type, body }: Answer): void {
    const answer = this.document.paths[path]?.[method]?.responses[String(status)];
    const mediaType = type.split(';')[0] ?? '';
    const schema = answer?.content?.[mediaType]?.schema;
    const isEmpty = answer !== undefined && answer.content === undefined && body === '';
    if (schema === undefined && !isEmpty) {
      throw new Error(`${method} ${path} ${status} ${type} is not in the document`);
    }
    if (schema !== undefined) z.fromJSONSchema(schema).parse(body);
    this.#used.add(`${method} ${path}`);
  }
}
