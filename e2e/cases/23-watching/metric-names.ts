import { readFileSync } from 'node:fs';
import { executableIn } from '../../support/paths.ts';
import { prometheusUrl } from '../../support/backends.ts';
import { getJson } from '../19-dashboards/ask.ts';
import { knownMetrics } from '../19-dashboards/metric-names.ts';

interface Node {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly matchers?: readonly { readonly name: string; readonly value: string }[];
}

/** The metrics that an expression names, alternatives such as `a_(b|c)` spelt out; as Prometheus itself reads it. */
export async function metricsOf(expr: string): Promise<string[]> {
  const { data } = await getJson<{ data: unknown }>(`${prometheusUrl}/api/v1/parse_query`, { query: expr });
  return [...new Set(selectors(data))];
}

function selectors(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, name, matchers = [] } = node as Node;
  const isSelector = type === 'vectorSelector' || type === 'matrixSelector';
  const pattern = matchers.find((matcher) => matcher.name === '__name__')?.value ?? '';
  const own = isSelector ? (typeof name === 'string' && name !== '' ? [name] : spellOut(pattern)) : [];
  return [...own, ...Object.values(node).flatMap(selectors)];
}

/** `a_(b|c)_d|e` → `a_b_d`, `a_c_d`, `e`; the rules use no more of the syntax. */
function spellOut(pattern: string): string[] {
  const group = /\(([^()]*)\)/.exec(pattern);
  if (group === null) return pattern.split('|').filter((name) => name !== '');
  // An alternative as a whole, with the groups in it, stands between two bars outside of groups.
  return pattern.split(/\|(?![^(]*\))/).flatMap((alternative) => {
    const inner = /\(([^()]*)\)/.exec(alternative);
    if (inner === null) return [alternative];
    return (inner[1] ?? '').split('|').flatMap((part) => spellOut(alternative.replace(inner[0], part)));
  });
}

/** Of metrics that appear with their first failure, and of those that only a cluster has. */
const IN_PROGRAMS: readonly [name: string, variable: string, text: string][] = [
  ['loki_discarded_samples_total', 'TRACE_BIN_LOKI', 'discarded_samples_total'],
  ['loki_mutated_samples_total', 'TRACE_BIN_LOKI', 'mutated_samples_total'],
  ['loki_ingester_wal_discarded_samples_total', 'TRACE_BIN_LOKI', 'wal_discarded_samples_total'],
  ['k8s_volume_available_bytes', 'TRACE_BIN_OTELCOL', 'k8s.volume.available'],
  ['k8s_volume_capacity_bytes', 'TRACE_BIN_OTELCOL', 'k8s.volume.capacity'],
];
/** The enrichment processor has these where it watches a cluster: kubernetes-metrics.spec.ts. */
const IN_A_CLUSTER = [
  'trace_enrichment_kubernetes_watch_up',
  'trace_enrichment_kubernetes_watch_lag_seconds',
];

export async function unknownAmong(names: readonly string[]): Promise<string[]> {
  const isKnown = await knownMetrics();
  const inPrograms = IN_PROGRAMS.filter(([, variable, text]) =>
    readFileSync(executableIn(variable)).includes(text),
  ).map(([name]) => name);
  return names.filter((name) => !isKnown(name) && ![...inPrograms, ...IN_A_CLUSTER].includes(name));
}
