import { OtlpError } from '../status/otlp-error';
import type { AnswerHeaders, CallStream, RequestHeaders, Waiting } from './call-stream';
import { errorHeaders } from './grpc-headers';

/** What a client that was refused still sends is read and dropped for this long. */
const LINGER_MILLIS = 10_000;
const MAX_SHOWN_CHARACTERS = 200;

/** A request that is none of OTLP/gRPC: answered with UNIMPLEMENTED, or 415 if it is not even gRPC. */
export class RefusedCall implements Waiting {
  readonly #expiresAtEpochMillis = Date.now() + LINGER_MILLIS;

  constructor(
    private readonly stream: CallStream,
    headers: RequestHeaders,
  ) {
    if (!stream.isGone) stream.answer(isGrpc(headers) ? noSuchMethod(headers) : { ':status': '415' });
  }

  get id(): number {
    return this.stream.id;
  }

  expire(nowEpochMillis: number): void {
    if (nowEpochMillis >= this.#expiresAtEpochMillis) this.stream.cancel();
  }
}

export function isGrpc(headers: RequestHeaders): boolean {
  const contentType = headers['content-type'];
  return (
    headers[':method'] === 'POST' &&
    typeof contentType === 'string' &&
    contentType.startsWith('application/grpc')
  );
}

/** Such a request in words, for the log. */
export function describeRequest(headers: RequestHeaders): string {
  const { ':method': method = '', 'content-type': contentType = 'no content-type' } = headers;
  return `${String(method)} ${pathOf(headers)} (${String(contentType)})`.slice(0, MAX_SHOWN_CHARACTERS);
}

function noSuchMethod(headers: RequestHeaders): AnswerHeaders {
  const path = pathOf(headers).slice(0, MAX_SHOWN_CHARACTERS);
  return errorHeaders(new OtlpError('UNIMPLEMENTED', `no method ${path}`));
}

/** Without its query, which may hold a secret. */
function pathOf({ ':path': path = '' }: RequestHeaders): string {
  return String(path).replace(/\?.*$/s, '');
}
