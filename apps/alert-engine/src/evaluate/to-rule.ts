import type { Condition } from './condition';
import type { Match } from './match';
import type { QueryRule, Rule } from './rule';
import type { RuleSpec } from './rule-schema';

/** Of a ratio or a quantile of few requests nothing follows, and silence is no good news for either. */
const isShare = ({ kind }: Condition): boolean => kind === 'latency' || kind === 'errors';
const MIN_COUNT_OF_SHARE = 10;
const DEFAULT_BY = ['service.name'];
const DEFAULT_LATENESS_MILLIS = 10_000;

/** What a rule file's rule means, defaults filled in. What is missing is found by checkRule. */
export function toRule(spec: RuleSpec): Rule {
  const common = {
    id: JSON.stringify([spec.alert, Object.entries(spec.labels).sort()]),
    alert: spec.alert,
    forMillis: spec.for,
    keepFiringForMillis: spec.keep_firing_for,
    labels: spec.labels,
    annotations: spec.annotations,
  };
  if (spec.expr !== undefined) return { type: 'query', ...common, expr: spec.expr } satisfies QueryRule;
  const condition = conditionOf(spec);
  return {
    type: 'streaming',
    ...common,
    signal: spec.signal ?? 'traces',
    condition,
    match: matchOf(spec.match ?? {}),
    by: spec.by ?? DEFAULT_BY,
    windowMillis: spec.window ?? 0,
    latenessMillis: spec.lateness ?? DEFAULT_LATENESS_MILLIS,
    minCount: spec.min_count ?? (isShare(condition) ? MIN_COUNT_OF_SHARE : 1),
    resolveOnSilence: spec.resolve_on_silence ?? !isShare(condition),
  };
}

function matchOf(spec: NonNullable<RuleSpec['match']>): Match {
  const {
    'span.kind': kinds,
    'span.status': status,
    'span.parent': parent,
    'log.severity': severities,
    'log.body': bodyTexts,
    route: routes,
    ...resource
  } = spec;
  return {
    ...(kinds === undefined ? {} : { kinds: list(kinds) }),
    ...(status === undefined ? {} : { status }),
    ...(parent === undefined ? {} : { parent }),
    ...(severities === undefined ? {} : { severities: list(severities) }),
    ...(bodyTexts === undefined ? {} : { bodyTexts: list(bodyTexts).map((text) => text.toLowerCase()) }),
    ...(routes === undefined ? {} : { routes: list(routes) }),
    resource: Object.entries(resource).map(([key, values]) => [key, list(values)]),
  };
}

/** Exactly one is there, or checkRule ends the loading. */
function conditionOf({ latency, errors, count, repeats, clock_ahead: ahead }: RuleSpec): Condition {
  if (latency !== undefined) {
    return { kind: 'latency', quantile: latency.quantile, aboveMillis: latency.above };
  }
  if (count !== undefined) return { kind: 'count', above: count.above };
  if (repeats !== undefined) return { kind: 'repeats', above: repeats.above };
  if (ahead !== undefined) return { kind: 'clock_ahead', aboveMillis: ahead.above };
  return { kind: 'errors', ratioAbove: errors?.ratio_above ?? 0 };
}

function list<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === 'string' ? [value] : value;
}
