import { OtlpError } from '../status/otlp-error';
import { type PieceLimits, requestPieces } from './request-pieces';

/** Resource and scope are in every part; all parts together may be this many times the request, and one more. */
const MAX_GROWTH = 4;

/**
 * Cuts an encoded request into requests of at most `maxBytes`, each made when it is asked for. Whether all of
 * them can be made is known before the first.
 *
 * @throws OtlpError RESOURCE_EXHAUSTED, not to be tried again, when one record alone is over, or when a large
 * resource would have to be repeated too often; INVALID_ARGUMENT for malformed bytes
 */
export function splitRequest(request: Uint8Array, maxBytes: number): Iterable<Buffer> {
  const limits: PieceLimits = { maxBytes, maxMessages: Infinity, refuse: tooLarge };
  const maxTotalBytes = MAX_GROWTH * request.length + maxBytes;
  let totalBytes = 0;
  for (const { bytes } of requestPieces(request, limits)) {
    totalBytes += bytes;
    if (totalBytes > maxTotalBytes) throw tooMany(request.length, maxBytes);
  }
  return parts(request, limits);
}

function* parts(request: Uint8Array, limits: PieceLimits): Generator<Buffer, void> {
  for (const { fields } of requestPieces(request, limits)) yield Buffer.concat(fields);
}

function tooLarge(bytes: number, maxBytes: number): OtlpError {
  return new OtlpError(
    'RESOURCE_EXHAUSTED',
    `one record of ${bytes} bytes, with its resource and scope, is over what the downstream takes ` +
      `(${maxBytes} bytes are left for it; forward.maxRequestBytes)`,
  );
}

function tooMany(bytes: number, maxBytes: number): OtlpError {
  return new OtlpError(
    'RESOURCE_EXHAUSTED',
    `${bytes} bytes in parts of ${maxBytes} (forward.maxRequestBytes) are over ${MAX_GROWTH} times as much: ` +
      'resource and scope, which are in each, are too large',
  );
}
