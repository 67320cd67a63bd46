import { PortForward } from './port-forward.ts';

type Attributes = Readonly<Record<string, string>>;

interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface TempoTrace {
  readonly batches?: readonly {
    readonly resource: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly { readonly spanId: string }[] }[];
  }[];
}

const tempo = new PortForward('svc/trace-tempo', 3200);
const loki = new PortForward('svc/trace-loki', 3100);
const prometheus = new PortForward('svc/trace-prometheus', 9090);

/** Ids of the latest traces that a TraceQL query finds. */
export async function findTraces(query: string): Promise<string[]> {
  const { traces = [] } = await tempo.getJson<{ traces?: { traceID: string }[] }>(
    `/api/search?${new URLSearchParams({ q: query, limit: '20' }).toString()}`,
  );
  return traces.map(({ traceID }) => traceID.padStart(32, '0'));
}

/** The resources of a trace. */
export async function resourcesOfTrace(traceId: string): Promise<Attributes[]> {
  const { batches = [] } = await trace(traceId);
  return batches.map(({ resource }) =>
    Object.fromEntries((resource.attributes ?? []).map(({ key, value }) => [key, value.stringValue ?? ''])),
  );
}

/** How many spans Tempo has of a trace. */
export async function spanCount(traceId: string): Promise<number> {
  const { batches = [] } = await trace(traceId);
  // A span that came twice is one.
  return new Set(
    batches.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ spanId }) => spanId))),
  ).size;
}

async function trace(traceId: string): Promise<TempoTrace> {
  const response = await fetch(`${await tempo.url()}/api/traces/${traceId}`, {
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    tempo.drop();
    throw error;
  });
  if (response.status === 404) return {};
  if (!response.ok) throw new Error(`Tempo: ${response.status}`);
  return (await response.json()) as TempoTrace;
}

export interface Line {
  readonly labels: Attributes;
  readonly text: string;
}

export async function logLines(query: string, sinceEpochMillis: number): Promise<Line[]> {
  const parameters = new URLSearchParams({
    query,
    limit: '5000',
    start: `${Math.round(sinceEpochMillis)}000000`,
    end: `${Date.now() + 60_000}000000`,
  });
  const { data } = await loki.getJson<{
    data: { result: { stream: Attributes; values: [string, string][] }[] };
  }>(`/loki/api/v1/query_range?${parameters.toString()}`);
  return data.result.flatMap(({ stream, values }) => values.map(([, text]) => ({ labels: stream, text })));
}

export async function promQuery(query: string): Promise<Attributes[]> {
  const { data } = await prometheus.getJson<{ data: { result: { metric: Attributes }[] } }>(
    `/api/v1/query?${new URLSearchParams({ query }).toString()}`,
  );
  return data.result.map(({ metric }) => metric);
}
