import type { Attributes } from '../../launcher/src/backends/traces.ts';

/** What is asked of Tempo, Loki and Prometheus, over the APIs that Grafana uses. */

export { spansOfTrace, type StoredSpan } from '../../launcher/src/backends/traces.ts';

export const tempoUrl = 'http://127.0.0.1:3200';
export const lokiUrl = 'http://127.0.0.1:3100';
export const prometheusUrl = 'http://127.0.0.1:9090';

export interface FoundLine {
  readonly timestampNanos: string;
  readonly line: string;
  readonly labels: Attributes;
}

/** Lines that match the LogQL query, newest first, up to `limit`, between two moments. */
export async function logLines(
  query: string,
  { startEpochMillis, endEpochMillis = Date.now() + 60_000, limit = 5000, url = lokiUrl }: LogRange,
): Promise<FoundLine[]> {
  const parameters = new URLSearchParams({
    query,
    limit: String(limit),
    start: String(BigInt(Math.round(startEpochMillis)) * 1_000_000n),
    end: String(BigInt(Math.round(endEpochMillis)) * 1_000_000n),
    direction: 'backward',
  });
  const result = await getJson<{ data: { result: { stream: Attributes; values: [string, string][] }[] } }>(
    `${url}/loki/api/v1/query_range?${parameters.toString()}`,
  );
  return result.data.result.flatMap(({ stream, values }) =>
    values.map(([timestampNanos, line]) => ({ timestampNanos, line, labels: stream })),
  );
}

/** How many lines match the LogQL query in the last hour. */
export async function logLineCount(query: string): Promise<number> {
  const parameters = new URLSearchParams({ query: `sum(count_over_time(${query}[1h]))` });
  const result = await getJson<{ data: { result: { value: [number, string] }[] } }>(
    `${lokiUrl}/loki/api/v1/query?${parameters.toString()}`,
  );
  return Number(result.data.result[0]?.value[1] ?? 0);
}

export interface LogRange {
  readonly startEpochMillis: number;
  readonly endEpochMillis?: number;
  readonly limit?: number;
  /** Of another Loki than the platform's. */
  readonly url?: string;
}

export interface Sample {
  readonly metric: Attributes;
  readonly value: number;
}

/** An instant query. */
export async function promQuery(query: string): Promise<Sample[]> {
  const parameters = new URLSearchParams({ query });
  const result = await getJson<{ data: { result: { metric: Attributes; value: [number, string] }[] } }>(
    `${prometheusUrl}/api/v1/query?${parameters.toString()}`,
  );
  return result.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

export interface Exemplar {
  readonly series: Attributes;
  readonly labels: Attributes;
}

export async function promExemplars(query: string, startEpochMillis: number): Promise<Exemplar[]> {
  const parameters = new URLSearchParams({
    query,
    start: String(startEpochMillis / 1000),
    end: String(Date.now() / 1000 + 60),
  });
  const result = await getJson<{
    data: { seriesLabels: Attributes; exemplars: { labels: Attributes }[] }[];
  }>(`${prometheusUrl}/api/v1/query_exemplars?${parameters.toString()}`);
  return result.data.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.map(({ labels }) => ({ series: seriesLabels, labels })),
  );
}

/** One metric of a program's own /metrics page, summed over the series whose labels contain `labels`. */
export async function ownMetric(url: string, name: string, labels: Attributes = {}): Promise<number> {
  const text = await (await fetch(url, { signal: AbortSignal.timeout(30_000) })).text();
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((pair) => line.includes(pair)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

export const collectorMetrics = 'http://127.0.0.1:8888/metrics';
export const processorMetrics = 'http://127.0.0.1:9464/metrics';
export const engineMetrics = 'http://127.0.0.1:8090/metrics';

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${(await response.text()).slice(0, 200)}`);
  return (await response.json()) as T;
}
