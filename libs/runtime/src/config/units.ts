import { z } from 'zod';

const MILLIS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

export const DURATION_EXPECTED = 'a duration such as "250ms", "30s", "5m", "2h" or "7d"';
export const BYTE_SIZE_EXPECTED = 'a size such as "512KiB", "64MiB" or "1GiB"';

/** Schema of a duration with its unit, as Prometheus writes one; the result is in milliseconds. */
export function duration(): z.ZodType<number, string> {
  return quantity(/^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/, MILLIS, DURATION_EXPECTED);
}

/** Schema of a size with its binary unit; the result is in bytes. */
export function byteSize(): z.ZodType<number, string> {
  return quantity(/^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/, BYTES, BYTE_SIZE_EXPECTED);
}

function quantity(
  pattern: RegExp,
  units: Record<string, number>,
  expected: string,
): z.ZodType<number, string> {
  return z.string({ error: expected }).transform((text, context) => {
    const [, amount, unit] = pattern.exec(text) ?? [];
    if (amount === undefined || unit === undefined) {
      context.addIssue({ code: 'custom', message: expected, input: text });
      return z.NEVER;
    }
    return Math.round(Number(amount) * (units[unit] ?? NaN));
  });
}
