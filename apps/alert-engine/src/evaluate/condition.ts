/** What is measured, and the line that must not be crossed. */
export type Condition =
  | { readonly kind: 'latency'; readonly quantile: number; readonly aboveMillis: number }
  | { readonly kind: 'errors'; readonly ratioAbove: number }
  /** How many spans or log lines match. */
  | { readonly kind: 'count'; readonly above: number }
  /** How often one trace comes to the same route. */
  | { readonly kind: 'repeats'; readonly above: number }
  /** How far the sender's clock is ahead of ours. */
  | { readonly kind: 'clock_ahead'; readonly aboveMillis: number };

export type ConditionKind = Condition['kind'];

/** The share of a window's spans that must be ahead: one stray timestamp says nothing about a clock. */
const CLOCK_AHEAD_SHARE = 0.5;

/**
 * Does this one cross the line by itself? Strictly, as "above" says.
 * @param magnitude milliseconds of latency or of being ahead; for `repeats`, which one of its kind it is
 */
export function isBad(condition: Condition, magnitude: number, error: boolean): boolean {
  switch (condition.kind) {
    case 'latency':
    case 'clock_ahead':
      return magnitude > condition.aboveMillis;
    case 'errors':
      return error;
    case 'count':
      return true;
    case 'repeats':
      return magnitude > condition.above;
  }
}

/**
 * Whether `bad` of `total` cross the rule's line. Exact for quantiles too: the nearest-rank q-quantile is above
 * the line if and only if fewer than ⌈q·n⌉ samples are at or below it, so counting is enough and no sketch's
 * error ever decides an alert.
 */
export function isBreach(condition: Condition, total: number, bad: number): boolean {
  if (total === 0) return false;
  switch (condition.kind) {
    case 'latency':
      return total - bad < quantileRank(condition.quantile, total);
    case 'errors':
      return bad / total > condition.ratioAbove;
    case 'count':
      return total > condition.above;
    case 'repeats':
      return bad > 0;
    case 'clock_ahead':
      return bad / total > CLOCK_AHEAD_SHARE;
  }
}

/** Nearest rank, counted from 1; the small slack keeps 0.07 × 100 = 7.000000000000001 at rank 7. */
export function quantileRank(quantile: number, total: number): number {
  return Math.max(1, Math.ceil(quantile * total - 1e-9));
}

/** Seconds, a ratio, or a number. */
export function inBaseUnit(condition: Condition, value: number): number {
  return isTime(condition) ? value / 1000 : value;
}

export function formatThreshold(condition: Condition): string {
  switch (condition.kind) {
    case 'latency':
    case 'clock_ahead':
      return formatDuration(condition.aboveMillis);
    case 'errors':
      return formatRatio(condition.ratioAbove);
    case 'count':
    case 'repeats':
      return String(condition.above);
  }
}

/** A measured value for people: `812ms`, `2.4s`, `12.3%`, `17`. */
export function formatValue(condition: Condition, value: number): string {
  if (isTime(condition)) return formatDuration(value);
  return condition.kind === 'errors' ? formatRatio(value) : String(value);
}

export function formatDuration(millis: number): string {
  return millis < 1000 ? `${round(millis)}ms` : `${round(millis / 1000)}s`;
}

function isTime({ kind }: Condition): boolean {
  return kind === 'latency' || kind === 'clock_ahead';
}

function formatRatio(ratio: number): string {
  return `${round(ratio * 100)}%`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
