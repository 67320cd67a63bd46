import { formatDuration, formatThreshold, type Condition } from './condition';
import { ROUTE, type Match } from './match';

/** What a rule looks at. */
export type RuleSignal = 'traces' | 'logs';

/** One streaming alerting rule. */
export interface Rule {
  /** Unique among all rules: alert name and the rule's own labels. */
  readonly id: string;
  readonly alert: string;
  readonly signal: RuleSignal;
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

/** The condition as one line of text, for the API's `query`. */
export function ruleQuery({ signal, condition, match, by, windowMillis }: Rule): string {
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
