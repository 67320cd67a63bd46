import type { SpanKind } from '../ingest/span';

/** What is measured, and the line that must not be crossed. */
export type Condition =
  | { readonly kind: 'latency'; readonly quantile: number; readonly aboveMillis: number }
  | { readonly kind: 'errors'; readonly ratioAbove: number };

/** Which spans a rule looks at; every part that is given must hold. */
export interface Match {
  readonly kinds?: readonly SpanKind[];
  readonly routes?: readonly string[];
  /** Resource attribute → the values it may have. */
  readonly resource: readonly (readonly [key: string, values: readonly string[]])[];
}

/** The name in `match` and `by` for `http.route`, else `rpc.service/rpc.method`. */
export const ROUTE = 'route';

/** One streaming alerting rule. */
export interface Rule {
  /** Unique among all rules: group, alert name and the rule's own labels. */
  readonly id: string;
  readonly alert: string;
  readonly condition: Condition;
  readonly match: Match;
  /** Resource attribute names, or `route`: one alert for each combination of their values. */
  readonly by: readonly string[];
  readonly windowMillis: number;
  readonly latenessMillis: number;
  readonly minCount: number;
  readonly forMillis: number;
  readonly keepFiringForMillis: number;
  readonly resolveOnSilence: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly Rule[];
}

/** Does this request cross the line by itself? Latency is strict, as "above" says. */
export function isBad(condition: Condition, span: { durationMillis: number; error: boolean }): boolean {
  return condition.kind === 'latency' ? span.durationMillis > condition.aboveMillis : span.error;
}

/**
 * Whether `bad` of `total` requests cross the rule's line. Exact for quantiles too: the nearest-rank
 * q-quantile is above the line if and only if fewer than ⌈q·n⌉ samples are at or below it, so counting is
 * enough and no sketch's error ever decides an alert.
 */
export function isBreach(condition: Condition, total: number, bad: number): boolean {
  if (total === 0) return false;
  return condition.kind === 'latency'
    ? total - bad < quantileRank(condition.quantile, total)
    : bad / total > condition.ratioAbove;
}

/** Nearest rank, counted from 1; the small slack keeps 0.07 × 100 = 7.000000000000001 at rank 7. */
export function quantileRank(quantile: number, total: number): number {
  return Math.max(1, Math.ceil(quantile * total - 1e-9));
}

/** The condition as one line of text, for the API's `query`. */
export function ruleQuery(rule: Rule): string {
  const { condition } = rule;
  const matchers = [
    ...(rule.match.kinds === undefined ? [] : [`span.kind=${rule.match.kinds.join('|')}`]),
    ...(rule.match.routes === undefined ? [] : [`${ROUTE}=${rule.match.routes.join('|')}`]),
    ...rule.match.resource.map(([key, values]) => `${key}=${values.join('|')}`),
  ].join(', ');
  const spans = `spans{${matchers}}[${formatDuration(rule.windowMillis)}]`;
  const measured =
    condition.kind === 'latency' ? `latency(${condition.quantile}, ${spans})` : `error_ratio(${spans})`;
  return `${measured} by (${rule.by.join(', ')}) > ${formatThreshold(condition)}`;
}

/** The value in the condition's base unit (seconds, or a ratio), as Prometheus has it. */
export function baseUnitValue(condition: Condition, value: number): number {
  return condition.kind === 'latency' ? value / 1000 : value;
}

export function formatThreshold(condition: Condition): string {
  return condition.kind === 'latency'
    ? formatDuration(condition.aboveMillis)
    : formatRatio(condition.ratioAbove);
}

/** A measured value for people: `812ms`, `2.4s`, `12.3%`. */
export function formatValue(condition: Condition, value: number): string {
  return condition.kind === 'latency' ? formatDuration(value) : formatRatio(value);
}

function formatDuration(millis: number): string {
  return millis < 1000 ? `${round(millis)}ms` : `${round(millis / 1000)}s`;
}

function formatRatio(ratio: number): string {
  return `${round(ratio * 100)}%`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
