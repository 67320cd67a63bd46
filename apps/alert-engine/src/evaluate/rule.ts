import { formatDuration, formatThreshold, formatValue, inBaseUnit, type Condition } from './condition';
import { ROUTE, type Match } from './match';

interface AlertingRule {
  /** Unique among all rules: alert name and the rule's own labels. */
  readonly id: string;
  readonly alert: string;
  readonly forMillis: number;
  readonly keepFiringForMillis: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a streaming rule looks at. */
export type RuleSignal = 'traces' | 'logs';

/** Judges what comes in, as it comes in. */
export interface StreamingRule extends AlertingRule {
  readonly type: 'streaming';
  readonly signal: RuleSignal;
  readonly condition: Condition;
  readonly match: Match;
  /** Resource attribute names, or `route`: one alert for each combination of their values. */
  readonly by: readonly string[];
  readonly windowMillis: number;
  readonly latenessMillis: number;
  readonly minCount: number;
  readonly resolveOnSilence: boolean;
}

/** Asks Prometheus: one alert for each series of the answer, as Prometheus itself has it. */
export interface QueryRule extends AlertingRule {
  readonly type: 'query';
  /** PromQL. */
  readonly expr: string;
}

export type Rule = StreamingRule | QueryRule;

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  /** How often the group's queries are asked. */
  readonly intervalMillis: number;
  readonly rules: readonly Rule[];
}

export function streamingRules(groups: readonly RuleGroup[]): StreamingRule[] {
  return groups.flatMap(({ rules }) => rules.filter((rule) => rule.type === 'streaming'));
}

/** The condition as one line of text, for the API's `query`. */
export function ruleQuery(rule: Rule): string {
  if (rule.type === 'query') return rule.expr;
  const { signal, condition, match, by, windowMillis } = rule;
  const matchers: [key: string, values: readonly string[] | undefined][] = [
    ['span.kind', match.kinds],
    ['span.status', match.status === undefined ? undefined : [match.status]],
    ['span.parent', match.parent === undefined ? undefined : [match.parent]],
    [ROUTE, match.routes],
    ['log.severity', match.severities],
    ['log.body', match.bodyTexts],
    ...match.resource.map(([key, values]): [string, readonly string[]] => [key, values]),
  ];
  const selector = matchers.flatMap(([key, values]) =>
    values === undefined ? [] : [`${key}=${values.join('|')}`],
  );
  const items = `${signal === 'traces' ? 'spans' : 'log_lines'}{${selector.join(', ')}}[${formatDuration(windowMillis)}]`;
  return `${measured(condition, items)} by (${by.join(', ')}) > ${formatThreshold(condition)}`;
}

/** The value in the base unit (seconds, a ratio, a number, or what the query has), as Prometheus has it. */
export function baseUnitValue(rule: Rule, value: number): number {
  return rule.type === 'query' ? value : inBaseUnit(rule.condition, value);
}

/** A measured value for people. */
export function ruleValue(rule: Rule, value: number): string {
  return rule.type === 'query' ? String(Number(value.toPrecision(4))) : formatValue(rule.condition, value);
}

function measured(condition: Condition, items: string): string {
  switch (condition.kind) {
    case 'latency':
      return `latency(${condition.quantile}, ${items})`;
    case 'errors':
      return `error_ratio(${items})`;
    default:
      return `${condition.kind}(${items})`;
  }
}
