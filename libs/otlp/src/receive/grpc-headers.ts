import type { OtlpError } from '../status/otlp-error';
import { STATUS_DETAILS_TRAILER, encodeStatusDetails } from '../status/status-details';
import type { AnswerHeaders } from './call-stream';
import { ACCEPTED_ENCODINGS } from './decompress';

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Timeout" */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MILLIS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

const MAX_MESSAGE_CHARACTERS = 1024;

/** gRPC's prefix of a message: not compressed, of no bytes. */
const EMPTY_PREFIX = Buffer.alloc(5);

export const OK_HEADERS: AnswerHeaders = {
  ':status': '200',
  'content-type': 'application/grpc',
  'grpc-accept-encoding': ACCEPTED_ENCODINGS,
};

/** The client's deadline in milliseconds from now; undefined if it set none or one that cannot be read. */
export function timeoutMillis(header: string | string[] | undefined): number | undefined {
  const match = typeof header === 'string' ? TIMEOUT.exec(header) : null;
  const unit = UNIT_MILLIS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** A whole answer in one HEADERS frame ("Trailers-Only"). */
export function errorHeaders(error: OtlpError): AnswerHeaders {
  const details = encodeStatusDetails(error);
  return {
    ...OK_HEADERS,
    'grpc-status': String(error.grpcStatus),
    'grpc-message': percentEncode(error.message.slice(0, MAX_MESSAGE_CHARACTERS)),
    ...(details && { [STATUS_DETAILS_TRAILER]: details.toString('base64') }),
  };
}

/** The five bytes before a message; "Length-Prefixed-Message" there. */
export function prefixOf(message: Buffer | undefined): Buffer {
  if (message === undefined || message.length === 0) return EMPTY_PREFIX;
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return prefix;
}

export function framed(message: Buffer | undefined): Buffer {
  const prefix = prefixOf(message);
  return message === undefined || message.length === 0 ? prefix : Buffer.concat([prefix, message]);
}

function percentEncode(text: string): string {
  // A lone surrogate (the text was cut) would make encodeURIComponent throw; the way through UTF-8 replaces it.
  return Buffer.from(text)
    .toString()
    .replace(/[^ -$&-~]+/g, encodeURIComponent);
}
