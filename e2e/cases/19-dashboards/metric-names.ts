import { readFileSync } from 'node:fs';
import {
  collectorMetrics,
  engineMetrics,
  lokiUrl,
  processorMetrics,
  prometheusUrl,
  tempoUrl,
} from '../../support/backends.ts';
import { executableIn } from '../../support/paths.ts';
import { getJson } from './ask.ts';

/** The metrics that a PromQL expression names, as Prometheus itself reads it. */
export async function metricsIn(expr: string): Promise<string[]> {
  const { data } = await getJson<{ data: unknown }>(`${prometheusUrl}/api/v1/parse_query`, { query: expr });
  return [...new Set(selectors(data))];
}

function selectors(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, name } = node as { type?: unknown; name?: unknown };
  const own =
    (type === 'vectorSelector' || type === 'matrixSelector') && typeof name === 'string' ? [name] : [];
  return [...own, ...Object.values(node).flatMap(selectors)];
}

/**
 * Metrics that there are, and those that there would be if something went wrong: a program's page names them before
 * they have a value, and the Collector has their names in it.
 */
export async function knownMetrics(): Promise<(name: string) => boolean> {
  const stored = await getJson<{ data: string[] }>(`${prometheusUrl}/api/v1/label/__name__/values`);
  const pages = await Promise.all(
    [collectorMetrics, processorMetrics, engineMetrics, `${tempoUrl}/metrics`, `${lokiUrl}/metrics`].map(
      async (url) => (await fetch(url)).text(),
    ),
  );
  const declared = pages.flatMap((page) =>
    [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`) : [name],
    ),
  );
  const names = new Set([...stored.data, ...declared]);
  const collector = readFileSync(executableIn('TRACE_BIN_OTELCOL'));
  return (name) => names.has(name) || (name.startsWith('otelcol_') && collector.includes(name));
}
