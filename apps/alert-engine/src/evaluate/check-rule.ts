import { nearest } from '@trace/runtime';
import { PLACEHOLDER } from './annotations';
import type { ConditionKind } from './condition';
import { labelName } from './group-labels';
import { ROUTE } from './match';
import type { RuleSignal } from './rule';
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

export type Report = (at: string, value: unknown, expected: string, names?: readonly string[]) => void;

/** What the schema cannot express. */
export function checkRule(spec: RuleSpec, report: Report): void {
  const known = CONDITIONS[spec.signal];
  const given = CONDITIONS.traces.filter((kind) => spec[kind] !== undefined);
  if (given.length !== 1 || !given.every((kind) => known.includes(kind))) {
    const ofLogs = spec.signal === 'logs' ? ' for log lines' : '';
    report('', given.length === 0 ? undefined : given.join(' and '), `one of ${known.join(', ')}${ofLogs}`);
  }
  const names = OWN_NAMES[spec.signal];
  for (const key of Object.keys(spec.match)) checkName(key, names, `.match["${key}"]`, report);
  const labels = spec.by.map(labelName);
  spec.by.forEach((key, index) => {
    checkName(key, spec.signal === 'traces' ? [ROUTE] : [], `.by[${index}]`, report);
    if (labels.indexOf(labelName(key)) < index)
      report(`.by[${index}]`, key, 'a name that is not there twice');
  });
  for (const name of Object.keys(spec.labels)) {
    if (name === 'alertname' || labels.includes(name)) {
      report(`.labels.${name}`, name, 'a label that "by" and the alert name do not set');
    }
  }
  const placeholders = ['alertname', ...labels, ...Object.keys(spec.labels)];
  for (const [name, text] of Object.entries(spec.annotations)) {
    checkTemplate(text, placeholders, `.annotations.${name}`, report);
  }
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

function checkTemplate(text: string, labels: readonly string[], at: string, report: Report): void {
  for (const [, label] of text.matchAll(PLACEHOLDER)) {
    if (label !== undefined && !labels.includes(label)) {
      report(at, label, `one of the alert's labels: ${labels.join(', ')}`, labels);
    }
  }
  if (text.replace(PLACEHOLDER, '').includes('{{')) {
    report(at, text, 'no placeholders but {{ $labels.<name> }} and {{ $value }}');
  }
}
