import { nearest } from '@trace/runtime';
import { PLACEHOLDER } from './annotations';
import type { ConditionKind } from './condition';
import { labelName } from './group-labels';
import { ROUTE } from './match';
import { syntaxErrorAt } from './query/promql-syntax';
import type { QueryRule, Rule, RuleSignal, StreamingRule } from './rule';
import type { RuleSpec } from './rule-schema';

/** What `match` knows besides resource attributes. */
const OWN_NAMES: Readonly<Record<RuleSignal, readonly string[]>> = {
  traces: [ROUTE, 'span.kind', 'span.status', 'span.parent'],
  logs: ['log.severity', 'log.body'],
};
const CONDITIONS: Readonly<Record<RuleSignal, readonly ConditionKind[]>> = {
  traces: ['latency', 'errors', 'count', 'repeats', 'clock_ahead'],
  logs: ['count', 'errors'],
};

const SHOWN_CHARS = 20;

export type Report = (at: string, value: unknown, expected: string, names?: readonly string[]) => void;

/** What only a rule that judges what comes in may have. */
const STREAMING_FIELDS = [
  'signal',
  ...CONDITIONS.traces,
  'match',
  'by',
  'window',
  'lateness',
  'min_count',
  'resolve_on_silence',
] as const;

/** What the schema cannot express. */
export function checkRule(spec: RuleSpec, rule: Rule, report: Report): void {
  // A series may have any labels, so those of a query's alert are not known here.
  const groupLabels = rule.type === 'query' ? [] : rule.by.map(labelName);
  if (rule.type === 'query') checkQuery(spec, rule, report);
  else checkStreaming(spec, rule, report);
  for (const name of Object.keys(spec.labels)) {
    if (name === 'alertname' || groupLabels.includes(name)) {
      report(`.labels.${name}`, name, 'a label that "by" and the alert name do not set');
    }
  }
  const known = ['alertname', ...groupLabels, ...Object.keys(spec.labels)];
  for (const [name, text] of Object.entries(spec.annotations)) {
    checkTemplate(text, rule.type === 'query' ? undefined : known, `.annotations.${name}`, report);
  }
}

function checkQuery(spec: RuleSpec, { expr }: QueryRule, report: Report): void {
  for (const field of STREAMING_FIELDS) {
    if (spec[field] !== undefined) report(`.${field}`, spec[field], 'no such field beside "expr"');
  }
  const at = syntaxErrorAt(expr);
  if (at === undefined) return;
  const rest = expr.slice(at).trim();
  const where = rest === '' ? 'where it ends' : `before "${rest.slice(0, SHOWN_CHARS)}"`;
  report('.expr', expr, `PromQL; it breaks off ${where}`);
}

function checkStreaming(spec: RuleSpec, { signal, by }: StreamingRule, report: Report): void {
  const known = CONDITIONS[signal];
  const given = CONDITIONS.traces.filter((kind) => spec[kind] !== undefined);
  if (given.length !== 1 || !given.every((kind) => known.includes(kind))) {
    const expected = signal === 'logs' ? `${known.join(', ')} for log lines` : `${known.join(', ')}, expr`;
    report('', given.length === 0 ? undefined : given.join(' and '), `one of ${expected}`);
  }
  if (spec.window === undefined) report('.window', undefined, 'a duration of at least 1s');
  for (const key of Object.keys(spec.match ?? {})) {
    checkName(key, OWN_NAMES[signal], `.match["${key}"]`, report);
  }
  const labels = by.map(labelName);
  by.forEach((key, index) => {
    checkName(key, signal === 'traces' ? [ROUTE] : [], `.by[${index}]`, report);
    if (labels.indexOf(labelName(key)) < index)
      report(`.by[${index}]`, key, 'a name that is not there twice');
  });
}

/** Attribute names are anybody's choice; but what looks like a name of ours and is none is a slip. */
function checkName(key: string, ours: readonly string[], at: string, report: Report): void {
  if (ours.includes(key)) return;
  const isSlip =
    key === 'service' ||
    ['span.', 'log.'].some((prefix) => key.startsWith(prefix)) ||
    (!key.includes('.') && nearest(key, ours) !== undefined);
  const expected = [...ours, 'service.name or another name of a resource attribute'].join(', ');
  if (isSlip) report(at, key, expected, ours);
}

/** @param labels that the alert has, when they are known */
function checkTemplate(
  text: string,
  labels: readonly string[] | undefined,
  at: string,
  report: Report,
): void {
  for (const [, label] of text.matchAll(PLACEHOLDER)) {
    if (label !== undefined && labels?.includes(label) === false) {
      report(at, label, `one of the alert's labels: ${labels.join(', ')}`, labels);
    }
  }
  if (text.replace(PLACEHOLDER, '').includes('{{')) {
    report(at, text, 'no placeholders but {{ $labels.<name> }} and {{ $value }}');
  }
}
