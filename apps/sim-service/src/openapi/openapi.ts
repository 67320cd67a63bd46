import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { PROBLEM_JSON } from '../problem/problem';

/** One operation as a role describes it; the schemas are those that validate its requests. */
export interface Operation {
  readonly summary: string;
  /** Path parameters have the names in the path, all others are query parameters. */
  readonly parameters?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** By status; a string is the media type of a text, null stands for no body. */
  readonly answers: Readonly<Record<number, z.ZodType | string | null>>;
  /** Statuses that are answered by a problem (RFC 9457). */
  readonly problems?: readonly number[];
}

/** Path, e.g. `/things/{id}`, then method in lower case. */
export type Paths = Readonly<
  Record<string, Readonly<Partial<Record<'get' | 'post' | 'put' | 'delete', Operation>>>>
>;

/** RFC 9457 with this service's members; see problem/problem.ts. */
const problem = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  instance: z.string(),
  errors: z
    .array(
      z.strictObject({
        pointer: z.string().describe('JSON pointer to the field, RFC 6901'),
        detail: z.string(),
      }),
    )
    .optional(),
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
});

/** An OpenAPI 3.1 document, whose schemas are JSON Schema as zod writes it. */
export function openApiDocument(title: string, paths: Paths): object {
  return {
    openapi: '3.1.0',
    info: { title, version: '1' },
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, operations]) => [
        path,
        Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => [method, operationObject(path, operation)]),
        ),
      ]),
    ),
  };
}

function operationObject(
  path: string,
  { summary, parameters, body, answers, problems = [] }: Operation,
): object {
  return {
    summary,
    ...(parameters === undefined ? {} : { parameters: parameterObjects(path, parameters) }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: inputOf(body) } } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, response(Number(status), answer)]),
      ),
      ...Object.fromEntries(problems.map((status) => [status, response(status, problem, PROBLEM_JSON)])),
    },
  };
}

function parameterObjects(path: string, parameters: Readonly<Record<string, z.ZodType>>): object[] {
  return Object.entries(parameters).map(([name, schema]) => {
    const isInPath = path.includes(`{${name}}`);
    return { name, in: isInPath ? 'path' : 'query', required: isInPath, schema: inputOf(schema) };
  });
}

function response(status: number, answer: z.ZodType | string | null, mediaType = 'application/json'): object {
  const description = STATUS_CODES[status] ?? '';
  if (answer === null) return { description };
  if (typeof answer === 'string')
    return { description, content: { [answer]: { schema: { type: 'string' } } } };
  return { description, content: { [mediaType]: { schema: z.toJSONSchema(answer) } } };
}

function inputOf(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input' });
}
