/** In 2262. time_unix_nano has 64 bits, and all who read it as a signed number would see one before 1970. */
const MAX_UNIX_NANO = 2n ** 63n - 1n;

/**
 * A time as OTLP has it, in nanoseconds since the epoch; undefined if it is before that, too late for 63 bits,
 * or NaN.
 *
 * @param nanos to be added, below 10^9
 */
export function unixNano(epochMillis: number, nanos: bigint): bigint | undefined {
  if (!(epochMillis >= 0)) return undefined;
  const time = BigInt(epochMillis) * 1_000_000n + nanos;
  return time <= MAX_UNIX_NANO ? time : undefined;
}
