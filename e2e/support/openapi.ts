import { z } from 'zod';
import type { Answer, Role, Services } from './services.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }>
  >;
}
type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/** What a role says of itself, and whether its answers keep to it. */
export class OpenApi {
  readonly #used = new Set<string>();

  private constructor(private readonly document: Document) {}

  static async of(services: Services, role: Role): Promise<OpenApi> {
    const { body } = await services.request(role, 'GET', '/openapi.json');
    return new OpenApi(body as Document);
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
    const content = this.document.paths[path]?.[method]?.responses[String(status)]?.content;
    const mediaType = type.split(';')[0] ?? '';
    const schema = content?.[mediaType]?.schema;
    if (schema === undefined) throw new Error(`${method} ${path} ${status} ${type} is not in the document`);
    z.fromJSONSchema(schema).parse(body);
    this.#used.add(`${method} ${path}`);
  }
}
