import { gunzipSync } from 'node:zlib';
import type { IncomingHttpHeaders } from 'node:http2';
import { codeOfGrpcStatus } from '../status/codes';
import { OtlpError } from '../status/otlp-error';
import { STATUS_DETAILS_TRAILER, decodeRetryAfterMillis } from '../status/status-details';

const PREFIX_BYTES = 5;
const DIGITS = /^\d+$/;

/** What a status of the server's means to the sender, whichever library read it. */
export function errorOfStatus(
  status: number,
  message: string,
  details: Uint8Array | undefined,
  cause?: unknown,
): OtlpError {
  const code = codeOfGrpcStatus(status);
  // grpc-go's answer to a message that it cannot decode. The bytes are to blame, not the downstream.
  if (code === 'INTERNAL' && message.startsWith('grpc: error unmarshalling request')) {
    return new OtlpError('INVALID_ARGUMENT', message, { cause });
  }
  // The downstream does not know the sender: it refused our token or certificate, which somebody will replace.
  if (code === 'UNAUTHENTICATED' || code === 'PERMISSION_DENIED') {
    return new OtlpError(
      'UNAVAILABLE',
      `the downstream refuses this program's credentials: ${code} ${message}`,
      {
        cause,
      },
    );
  }
  const retryAfterMillis = details === undefined ? undefined : decodeRetryAfterMillis(details);
  return new OtlpError(code, message, { cause, ...(retryAfterMillis !== undefined && { retryAfterMillis }) });
}

/**
 * The outcome that a block of headers or trailers states: an error, 'OK', or undefined if it has no grpc-status.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Responses"
 */
export function outcomeOf(headers: IncomingHttpHeaders): OtlpError | 'OK' | undefined {
  const status = headers['grpc-status'];
  if (status === '0') return 'OK';
  if (typeof status !== 'string') return undefined;
  const message = headers['grpc-message'];
  const details = headers[STATUS_DETAILS_TRAILER];
  return errorOfStatus(
    DIGITS.test(status) ? Number(status) : NaN,
    typeof message === 'string' ? percentDecode(message) : '',
    typeof details === 'string' ? Buffer.from(details, 'base64') : undefined,
  );
}

/** The same for the headers that an answer begins with: without a grpc-status, the HTTP status must be 200. */
export function firstOutcomeOf(
  headers: IncomingHttpHeaders,
  httpStatus: string | number | undefined,
): OtlpError | 'OK' | undefined {
  const outcome = outcomeOf(headers);
  if (outcome !== undefined || String(httpStatus) === '200') return outcome;
  // A proxy, or no gRPC server at all: nobody has answered.
  return new OtlpError('UNAVAILABLE', `HTTP status ${httpStatus ?? 'missing'} without a grpc-status`);
}

/** What a complete answer comes to: the error that its outcome is, or its one message if that can be read. */
export function answerOf(
  outcome: OtlpError | 'OK',
  chunks: readonly Buffer[],
  encoding: unknown,
  maxBytes: number,
): Buffer | OtlpError {
  if (outcome !== 'OK') return outcome;
  try {
    return messageOf(chunks, encoding, maxBytes);
  } catch (error) {
    return OtlpError.from(error);
  }
}

/** The one message of a unary answer; empty if there is none. Throws OtlpError for what is no gRPC message. */
function messageOf(chunks: readonly Buffer[], encoding: unknown, maxBytes: number): Buffer {
  const body = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
  if (body.length === 0) return body;
  if (body.length < PREFIX_BYTES || body.length < PREFIX_BYTES + body.readUInt32BE(1)) {
    throw new OtlpError('UNAVAILABLE', `the answer ends after ${body.length} bytes`);
  }
  const message = body.subarray(PREFIX_BYTES, PREFIX_BYTES + body.readUInt32BE(1));
  if (body[0] === 0) return message;
  if (encoding !== 'gzip') throw new OtlpError('INTERNAL', `answer in grpc-encoding ${String(encoding)}`);
  try {
    return gunzipSync(message, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new OtlpError('INTERNAL', 'the answer is no gzip, or too large', { cause });
  }
}

/** Sequences that do not decode stay as they are, as the specification asks. */
function percentDecode(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString(),
  );
}
