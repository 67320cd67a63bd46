import { configProblem, ConfigError, loadYamlConfig, nearest, type ConfigProblem } from '@trace/runtime';
import { basename } from 'node:path';
import { PLACEHOLDER } from './annotations';
import { labelName } from './group-labels';
import { ROUTE, type Condition, type Rule, type RuleGroup } from './rule';
import { ruleFileSchema, type RuleSpec } from './rule-schema';

/** What `match` and `by` know besides resource attributes. */
const SPAN_KIND = 'span.kind';
const SPAN_NAMES = [ROUTE, SPAN_KIND];

/**
 * Reads and checks rule files.
 * @throws ConfigError with one problem for each mistake in any of them.
 */
export function loadRuleFiles(files: readonly string[]): RuleGroup[] {
  const problems: ConfigProblem[] = [];
  const places = new Map<string, string>();
  const groups = files.flatMap((file) => {
    try {
      const { groups: specs } = loadYamlConfig(file, ruleFileSchema);
      return specs.map(({ name, rules }, groupIndex) => ({
        name,
        file: basename(file),
        rules: rules.map((spec, ruleIndex) => {
          const path = `groups[${groupIndex}].rules[${ruleIndex}]`;
          const problem = (at: string, value: unknown, expected: string, names?: readonly string[]): void => {
            problems.push(configProblem(file, `${path}${at}`, value, expected, names));
          };
          const rule = toRule(spec);
          checkRule(spec, problem);
          const twin = places.get(rule.id);
          if (twin !== undefined) {
            problem('.alert', spec.alert, `an alert name, or labels, other than those of ${twin}`);
          }
          places.set(rule.id, `${file}: ${path}`);
          return rule;
        }),
      }));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return groups;
}

type Report = (at: string, value: unknown, expected: string, names?: readonly string[]) => void;

/** What the schema cannot express. */
function checkRule(spec: RuleSpec, report: Report): void {
  if ((spec.latency === undefined) === (spec.errors === undefined)) {
    const given = spec.latency === undefined ? undefined : 'latency and errors';
    report('', given, 'one of latency and errors, not both');
  }
  for (const key of Object.keys(spec.match)) checkName(key, SPAN_NAMES, `.match["${key}"]`, report);
  const labels = spec.by.map(labelName);
  spec.by.forEach((key, index) => {
    checkName(key, [ROUTE], `.by[${index}]`, report);
    if (labels.indexOf(labelName(key)) < index)
      report(`.by[${index}]`, key, 'a name that is not there twice');
  });
  for (const name of Object.keys(spec.labels)) {
    if (name === 'alertname' || labels.includes(name)) {
      report(`.labels.${name}`, name, 'a label that "by" and the alert name do not set');
    }
  }
  const known = ['alertname', ...labels, ...Object.keys(spec.labels)];
  for (const [name, text] of Object.entries(spec.annotations)) {
    checkTemplate(text, known, `.annotations.${name}`, report);
  }
}

/** Attribute names are anybody's choice; but what looks like a name of ours and is none is a slip. */
function checkName(key: string, ours: readonly string[], at: string, report: Report): void {
  if (ours.includes(key)) return;
  const isSlip =
    key === 'service' || key.startsWith('span.') || (!key.includes('.') && nearest(key, ours) !== undefined);
  const expected = `${ours.join(', ')}, service.name or another name of a resource attribute`;
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

function toRule(spec: RuleSpec): Rule {
  const { 'span.kind': kinds, route: routes, ...resource } = spec.match;
  return {
    id: JSON.stringify([spec.alert, Object.entries(spec.labels).sort()]),
    alert: spec.alert,
    condition: conditionOf(spec),
    match: {
      ...(kinds === undefined ? {} : { kinds: list(kinds) }),
      ...(routes === undefined ? {} : { routes: list(routes) }),
      resource: Object.entries(resource).map(([key, values]) => [key, list(values)]),
    },
    by: spec.by,
    windowMillis: spec.window,
    latenessMillis: spec.lateness,
    minCount: spec.min_count,
    forMillis: spec.for,
    keepFiringForMillis: spec.keep_firing_for,
    resolveOnSilence: spec.resolve_on_silence,
    labels: spec.labels,
    annotations: spec.annotations,
  };
}

/** Which of the two is there is checked by checkRule, whose finding ends the loading. */
function conditionOf({ latency, errors }: RuleSpec): Condition {
  return latency === undefined
    ? { kind: 'errors', ratioAbove: errors?.ratio_above ?? 0 }
    : { kind: 'latency', quantile: latency.quantile, aboveMillis: latency.above };
}

function list<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === 'string' ? [value] : value;
}
