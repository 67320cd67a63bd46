import type { IncomingMessage, ServerResponse } from 'node:http';
import { maskedJson, maskedText } from './masked-body';
import { DEFAULT_UNLOGGED_PATHS, type BodyRules, type RequestLogOptions } from './options';
import { ResponseBody } from './response-body';

/** What Express adds to Node's request; with another adapter the fields are absent. */
interface HttpRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly route?: { readonly path?: string };
  /** The parsed body. */
  readonly body?: unknown;
}

export type HttpMiddleware = (request: HttpRequest, response: ServerResponse, next: () => void) => void;

/** One line for each HTTP request, when its response has gone out or its client has. */
export function httpRequestLog(options: RequestLogOptions, bodies: BodyRules | undefined): HttpMiddleware {
  const unlogged = new Set(options.unloggedPaths ?? DEFAULT_UNLOGGED_PATHS);
  return (request, response, next) => {
    const path = pathOf(request.originalUrl ?? request.url ?? '');
    if (unlogged.has(path)) {
      next();
      return;
    }
    const startedAt = performance.now();
    const sent = new ResponseBody(response, bodies?.maxBytes ?? 0);
    // Once: a response that was finished is closed as well.
    response.once('close', () => {
      const { method = '' } = request;
      const route = request.route?.path;
      const outcome = response.writableFinished ? String(response.statusCode) : 'aborted';
      options.logger.info(
        {
          'http.request.method': method,
          'http.route': route,
          ...(response.writableFinished ? { 'http.response.status_code': response.statusCode } : {}),
          'url.path': path,
          'http.request.body.size': requestBytes(request),
          'http.response.body.size': sent.bytes,
          durationMillis: Math.round(performance.now() - startedAt),
          ...(bodies === undefined ? {} : bodyFields(request, response, sent, bodies)),
        },
        `${method} ${route ?? path} ${outcome}`,
      );
    });
    next();
  };
}

function bodyFields(
  request: HttpRequest,
  response: ServerResponse,
  sent: ResponseBody,
  rules: BodyRules,
): object {
  const asked = requestBody(request, rules);
  const contentType = String(response.getHeader('content-type') ?? '');
  const isPlain = response.getHeader('content-encoding') === undefined;
  const text = rules.takes(contentType) && isPlain ? sent.text : undefined;
  return {
    ...(asked === undefined ? {} : { 'http.request.body': asked }),
    ...(text === undefined || text === ''
      ? {}
      : { 'http.response.body': maskedText(text, contentType, rules) }),
  };
}

/** What the service's own parser made of it: nothing is read that the service does not read. */
function requestBody(request: HttpRequest, rules: BodyRules): string | undefined {
  const { body, headers } = request;
  const contentType = headers['content-type'];
  const bytes = requestBytes(request);
  if (body === undefined || bytes === undefined || bytes === 0 || bytes > rules.maxBytes) return undefined;
  if (!rules.takes(contentType)) return undefined;
  if (typeof body === 'string') return maskedText(body, contentType, rules);
  if (Buffer.isBuffer(body)) return maskedText(body.toString('utf8'), contentType, rules);
  return maskedJson(body, rules);
}

function requestBytes({ headers }: HttpRequest): number | undefined {
  const length = Number(headers['content-length']);
  return Number.isSafeInteger(length) ? length : undefined;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
