import { OtlpError } from '../status/otlp-error';
import { encodeBytesField, encodeVarintField } from '../wire/encode';
import { WireReader } from '../wire/wire-reader';

/**
 * The one Export*ServiceResponse for a request that was sent in parts: what was rejected is added up, what was
 * said about it is said once. The three signals' messages have the same shape:
 *
 *     response { PartialSuccess partial_success = 1 }
 *     PartialSuccess { int64 rejected_{spans,log_records,data_points} = 1; string error_message = 2 }
 *
 * An answer that cannot be read came with OK all the same, so it is a full success.
 */
export function mergeResponses(responses: readonly Buffer[]): Buffer {
  let rejected = 0;
  const messages = new Set<string>();
  for (const response of responses) {
    const partial = readPartialSuccess(response);
    rejected += partial.rejected;
    for (const message of partial.messages) messages.add(message);
  }
  if (rejected === 0 && messages.size === 0) return Buffer.alloc(0);
  const partialSuccess = [encodeVarintField(1, rejected), encodeBytesField(2, [...messages].join('; '))];
  return encodeBytesField(1, Buffer.concat(partialSuccess));
}

interface PartialSuccess {
  readonly rejected: number;
  readonly messages: readonly string[];
}

function readPartialSuccess(response: Buffer): PartialSuccess {
  let rejected = 0;
  const messages: string[] = [];
  try {
    for (const partial of fieldsOf(new WireReader(response))) {
      while (!partial.done) {
        const tag = partial.tag();
        if (tag === 0x08) rejected += partial.varint();
        else if (tag === 0x12) messages.push(partial.string());
        else partial.skip(tag & 7, tag >>> 3);
      }
    }
  } catch (error) {
    if (error instanceof OtlpError) return { rejected: 0, messages: [] };
    throw error;
  }
  return { rejected, messages };
}

function* fieldsOf(response: WireReader): Generator<WireReader> {
  while (!response.done) {
    const tag = response.tag();
    if (tag === 0x0a) yield response.message();
    else response.skip(tag & 7, tag >>> 3);
  }
}
