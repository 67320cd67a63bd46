import { isIP } from 'node:net';
import type { Attributes, Derived } from '@trace/otlp';
import type { AccessLogEntry } from './access-log';
import { parseRequestLine } from './request-line';
import { SEVERITY } from './severity';

/**
 * Methods that the HTTP conventions call known, and what each does to the resource it names (`crud.operation`);
 * CONNECT opens a tunnel and does none of the four.
 */
const CRUD_OF_METHOD: ReadonlyMap<string, string | undefined> = new Map([
  ['GET', 'read'],
  ['HEAD', 'read'],
  ['OPTIONS', 'read'],
  ['QUERY', 'read'],
  ['TRACE', 'read'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'update'],
  ['DELETE', 'delete'],
  ['CONNECT', undefined],
]);

/**
 * An access log entry in the words of the semantic conventions. There are none for access logs, so these are
 * those of HTTP server spans; the header attributes are arrays as the conventions want them.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function httpAttributes(entry: AccessLogEntry): Derived {
  const { statusCode, virtualHost, responseBytes, userAgent, user, referer } = entry;
  const request = parseRequestLine(entry.request ?? '');
  const attributes = withoutUndefined({
    ...methodAttributes(request.method),
    'url.scheme': request.scheme,
    'url.path': request.path,
    'url.query': request.query,
    'server.address': request.serverAddress ?? virtualHost?.address,
    'server.port': request.serverAddress === undefined ? virtualHost?.port : request.serverPort,
    'network.protocol.name': request.protocolVersion && 'http',
    'network.protocol.version': request.protocolVersion,
    'http.response.status_code': statusCode,
    // Apache's vhost_combined counts the headers too (%O); the others do not (%b, $body_bytes_sent).
    [virtualHost ? 'http.response.size' : 'http.response.body.size']: responseBytes,
    'user_agent.original': userAgent,
    'http.request.header.referer': referer === undefined ? undefined : [referer],
    'user.name': user,
    ...addressAttributes(entry),
  });
  return {
    attributes,
    fields: { timeUnixNano: entry.timeUnixNano, severityNumber: severityOfStatus(statusCode) },
  };
}

function methodAttributes(method: string | undefined): Record<string, string | undefined> {
  if (method === undefined) return {};
  if (!CRUD_OF_METHOD.has(method)) {
    return { 'http.request.method': '_OTHER', 'http.request.method_original': method };
  }
  return { 'http.request.method': method, 'crud.operation': CRUD_OF_METHOD.get(method) };
}

/** Behind a proxy the client is who the proxy says it is, and the proxy is the peer. */
function addressAttributes({ remote, forwardedFor }: AccessLogEntry): Attributes {
  const [client] = forwardedFor ?? [];
  if (forwardedFor === undefined || client === undefined) return { 'client.address': remote };
  return {
    'client.address': client,
    'http.request.header.x-forwarded-for': forwardedFor,
    ...(isIP(remote) !== 0 && { 'network.peer.address': remote }),
  };
}

function severityOfStatus(statusCode = 0): number {
  if (statusCode >= 500) return SEVERITY.error;
  return statusCode >= 400 ? SEVERITY.warn : SEVERITY.info;
}

function withoutUndefined(values: Record<string, Attributes[string] | undefined>): Attributes {
  const attributes: Record<string, Attributes[string]> = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined) attributes[key] = value;
  return attributes;
}
