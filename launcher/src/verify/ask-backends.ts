import { ask } from '../backends/ask.ts';
import { spansOfTrace, type Attributes, type StoredSpan } from '../backends/traces.ts';
import { loki, prometheus, tempo } from '../programs/outside.ts';
import type { Evidence, LogEvidence, ServiceSpan } from './evidence.ts';

const maxTraces = 20;
const maxLines = 500;
const maxTracesOfLines = 5;

/** What Tempo, Loki and Prometheus have of the service, of the last so many minutes. Throws a LauncherError. */
export async function askBackends(service: string, minutes: number): Promise<Evidence> {
  const endSeconds = Math.ceil(Date.now() / 1000);
  const range = { start: String(endSeconds - minutes * 60), end: String(endSeconds) };
  const { traces = [] } = await ask<{ traces?: { traceID: string }[] }>(tempo, '/api/search', {
    q: `{ resource.service.name = ${JSON.stringify(service)} }`,
    limit: String(maxTraces),
    ...range,
  });
  const traceIds = traces.map(({ traceID }) => traceID.padStart(32, '0'));
  const found = await Promise.all(traceIds.map(spansOfTrace));
  const name = JSON.stringify(service);
  const [logs, names, calls, known] = await Promise.all([
    logsOf(service, range),
    samples(`count by (__name__) ({service_name=${name}})`, 'metric'),
    samples(`sum(traces_spanmetrics_calls_total{service=${name}})`, 'value'),
    ask<{ data?: string[] }>(loki, '/loki/api/v1/label/service_name/values', range),
  ]);
  return {
    traceIds,
    spans: found.flatMap((trace) => ofService(trace, service)),
    resource: found.flat().find(({ resource }) => resource['service.name'] === service)?.resource ?? {},
    logs,
    metricNames: names.filter((each) => !each.startsWith('traces_') && each !== 'target_info').sort(),
    countedCalls: Number(calls[0] ?? 0),
    knownServices: known.data ?? [],
  };
}

async function logsOf(service: string, range: { start: string; end: string }): Promise<LogEvidence> {
  const { data } = await ask<{ data: { result: { stream: Attributes; values: unknown[] }[] } }>(
    loki,
    '/loki/api/v1/query_range',
    { query: `{service_name=${JSON.stringify(service)}}`, limit: String(maxLines), ...range },
  );
  // Structured metadata, such as trace_id, makes a stream of its own in the answer.
  const counted = data.result.map(({ stream, values }) => ({
    traceId: stream.trace_id,
    lines: values.length,
  }));
  const traced = counted.filter(({ traceId }) => traceId !== undefined && traceId !== '');
  const ids = [...new Set(traced.map(({ traceId }) => traceId ?? ''))].slice(0, maxTracesOfLines);
  const there = await Promise.all(ids.map(async (id) => [id, (await spansOfTrace(id)).length > 0] as const));
  const sum = (lines: readonly { lines: number }[]): number =>
    lines.reduce((all, each) => all + each.lines, 0);
  return { lines: sum(counted), linesWithTrace: sum(traced), traces: new Map(there) };
}

/** Of an instant query: the metrics' names, or the values. */
async function samples(query: string, want: 'metric' | 'value'): Promise<string[]> {
  const { data } = await ask<{ data: { result: { metric: Attributes; value: [number, string] }[] } }>(
    prometheus,
    '/api/v1/query',
    { query },
  );
  return data.result.map(({ metric, value }) => (want === 'metric' ? (metric.__name__ ?? '') : value[1]));
}

/** Those of the service among the spans of a trace, each with whether its parent is one of them all. */
function ofService(trace: readonly StoredSpan[], service: string): ServiceSpan[] {
  const ids = new Set(trace.map(({ spanId }) => spanId));
  return trace
    .filter(({ resource }) => resource['service.name'] === service)
    .map(({ kind, parentSpanId, attributes }) => ({
      kind,
      parent: parentSpanId === '' ? 'none' : ids.has(parentSpanId) ? 'found' : 'missing',
      hasRoute: ['http.route', 'rpc.service', 'messaging.destination.name'].some((key) => key in attributes),
    }));
}
