import { OtlpError } from '../status/otlp-error';
import type { Holding } from './byte-budget';

/** What a kept chunk costs beside its bytes; without it, 64 MiB in one-byte frames would cost gigabytes. */
export const CHUNK_OVERHEAD_BYTES = 256;

export interface BodyLimits {
  readonly maxReceiveBytes: number;
  /** What a client is told to wait when the budget is spent. */
  readonly retryAfterMillis: number;
}

/** Without RetryInfo: the same request will never fit. */
export function tooLarge(what: string, { maxReceiveBytes }: BodyLimits): OtlpError {
  return new OtlpError('RESOURCE_EXHAUSTED', `${what} bytes; at most ${maxReceiveBytes} are accepted`);
}

/** There is no room: for good if there would be none without all the others either. */
export function exhausted({ retryAfterMillis }: BodyLimits, holding: Holding): OtlpError {
  return holding.neverFits
    ? new OtlpError('RESOURCE_EXHAUSTED', 'request does not fit into the bytes that may be in flight')
    : new OtlpError('RESOURCE_EXHAUSTED', 'too many bytes in flight', { retryAfterMillis });
}

/** Room for one message of the largest size, in the frames of 16 KiB that clients send. */
export function roomForOneBytes({ maxReceiveBytes }: BodyLimits): number {
  return Math.ceil(maxReceiveBytes * (1 + 2 / 64)) + 4 * CHUNK_OVERHEAD_BYTES;
}
