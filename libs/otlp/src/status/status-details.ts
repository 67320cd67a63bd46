import { encodeBytesField, encodeVarintField } from '../wire/encode';
import { WireReader } from '../wire/wire-reader';
import type { OtlpError } from './otlp-error';

/** The trailer that carries an encoded google.rpc.Status. */
export const STATUS_DETAILS_TRAILER = 'grpc-status-details-bin';

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/** google.rpc.Status with a RetryInfo, or nothing if there is no delay. */
export function encodeStatusDetails(error: OtlpError): Buffer | undefined {
  return error.retryAfterMillis === undefined ? undefined : encodeStatus(error);
}

/** google.rpc.Status {code = 1, message = 2, details = 3}; details hold the RetryInfo, if there is a delay. */
export function encodeStatus(error: OtlpError): Buffer {
  const { retryAfterMillis } = error;
  return Buffer.concat([
    encodeVarintField(1, error.grpcStatus),
    encodeBytesField(2, error.message),
    ...(retryAfterMillis === undefined ? [] : [encodeBytesField(3, encodeRetryInfo(retryAfterMillis))]),
  ]);
}

/** google.protobuf.Any of a google.rpc.RetryInfo. */
function encodeRetryInfo(retryAfterMillis: number): Buffer {
  const duration = Buffer.concat([
    encodeVarintField(1, Math.floor(retryAfterMillis / 1000)),
    encodeVarintField(2, Math.round((retryAfterMillis % 1000) * 1e6)),
  ]);
  return Buffer.concat([encodeBytesField(1, RETRY_INFO), encodeBytesField(2, encodeBytesField(1, duration))]);
}

/** The delay of the first RetryInfo in an encoded google.rpc.Status, in milliseconds; undefined if none. */
export function decodeRetryAfterMillis(status: Uint8Array): number | undefined {
  try {
    const reader = new WireReader(status);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag !== 0x1a) {
        reader.skip(tag & 7, tag >>> 3);
        continue;
      }
      const millis = retryInfoMillis(reader.message());
      if (millis !== undefined) return millis;
    }
  } catch {
    // Details are advice. If they cannot be read, the status without them still stands.
  }
  return undefined;
}

function retryInfoMillis(any: WireReader): number | undefined {
  let typeUrl = '';
  let value: WireReader | undefined;
  while (!any.done) {
    const tag = any.tag();
    if (tag === 0x0a) typeUrl = any.string();
    else if (tag === 0x12) value = any.message();
    else any.skip(tag & 7, tag >>> 3);
  }
  if (typeUrl !== RETRY_INFO) return undefined;
  let millis = 0;
  while (value !== undefined && !value.done) {
    const tag = value.tag();
    if (tag === 0x0a) millis = durationMillis(value.message());
    else value.skip(tag & 7, tag >>> 3);
  }
  return millis;
}

function durationMillis(duration: WireReader): number {
  let millis = 0;
  while (!duration.done) {
    const tag = duration.tag();
    if (tag === 0x08) millis += duration.varint() * 1000;
    else if (tag === 0x10) millis += duration.varint() / 1e6;
    else duration.skip(tag & 7, tag >>> 3);
  }
  return millis;
}
