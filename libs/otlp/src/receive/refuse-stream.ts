import {
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  constants,
} from 'node:http2';
import { OtlpError } from '../status/otlp-error';
import { errorHeaders } from './grpc-headers';

/** What a client that was refused still sends is read and dropped for this long. */
const LINGER_MILLIS = 10_000;
const MAX_SHOWN_CHARACTERS = 200;

/**
 * Whether nobody is left to read an answer: a reset may come in the same read as the headers, and Node tells of
 * the stream only afterwards. Every call that answers throws then (ERR_HTTP2_INVALID_STREAM).
 */
export function isGone(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed;
}

/** Answers what is no request of OTLP/gRPC: UNIMPLEMENTED, or 415 if it is not even gRPC. */
export function refuseStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  if (isGone(stream)) return;
  stream.respond(isGrpc(headers) ? noSuchMethod(headers) : { ':status': 415 }, { endStream: true });
  stream.resume();
  stream.setTimeout(LINGER_MILLIS, () => {
    stream.close(constants.NGHTTP2_CANCEL);
  });
}

export function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'POST' && headers['content-type']?.startsWith('application/grpc') === true;
}

/** Such a request in words, for the log. */
export function describeRequest(headers: IncomingHttpHeaders): string {
  const { ':method': method = '', 'content-type': contentType = 'no content-type' } = headers;
  return `${method} ${pathOf(headers)} (${contentType})`.slice(0, MAX_SHOWN_CHARACTERS);
}

function noSuchMethod(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const path = pathOf(headers).slice(0, MAX_SHOWN_CHARACTERS);
  return errorHeaders(new OtlpError('UNIMPLEMENTED', `no method ${path}`));
}

/** Without its query, which may hold a secret. */
function pathOf(headers: IncomingHttpHeaders): string {
  return (headers[':path'] ?? '').replace(/\?.*$/s, '');
}
