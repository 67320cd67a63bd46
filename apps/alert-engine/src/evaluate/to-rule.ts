import type { Condition } from './condition';
import type { Match } from './match';
import type { Rule } from './rule';
import type { RuleSpec } from './rule-schema';

/** Of a ratio or a quantile of few requests nothing follows, and silence is no good news for either. */
const isShare = ({ kind }: Condition): boolean => kind === 'latency' || kind === 'errors';
const MIN_COUNT_OF_SHARE = 10;

/** What a rule file's rule means, defaults filled in. */
export function toRule(spec: RuleSpec): Rule {
  const condition = conditionOf(spec);
  return {
    id: JSON.stringify([spec.alert, Object.entries(spec.labels).sort()]),
    alert: spec.alert,
    signal: spec.signal,
    condition,
    match: matchOf(spec.match),
    by: spec.by,
    windowMillis: spec.window,
    latenessMillis: spec.lateness,
    minCount: spec.min_count ?? (isShare(condition) ? MIN_COUNT_OF_SHARE : 1),
    forMillis: spec.for,
    keepFiringForMillis: spec.keep_firing_for,
    resolveOnSilence: spec.resolve_on_silence ?? !isShare(condition),
    labels: spec.labels,
    annotations: spec.annotations,
  };
}

function matchOf(spec: RuleSpec['match']): Match {
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

/** That exactly one is there is checked by checkRule, whose finding ends the loading. */
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
