export interface BackOff {
  readonly initialMillis: number;
  readonly maxMillis: number;
}

/** Doubles from attempt to attempt, with "equal jitter": between half of it and the whole. `random` in [0, 1). */
export function backOffMillis(
  attempt: number,
  { initialMillis, maxMillis }: BackOff,
  random: number,
): number {
  const full = Math.min(maxMillis, initialMillis * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * random;
}
