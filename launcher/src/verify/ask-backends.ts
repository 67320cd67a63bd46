import { errorCode, LauncherError, oneLine } from '../errors.ts';
import { loki, prometheus, tempo } from '../programs/outside.ts';
import type { OutsideProgram } from '../programs/program.ts';
import type { Evidence, LogEvidence, ServiceSpan } from './evidence.ts';

const answerTimeoutMillis = 20_000;
const maxTraces = 20;
const maxLines = 500;
const maxTracesOfLines = 5;

type Attributes = Readonly<Record<string, string>>;

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface TempoSpan {
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind?: string;
  readonly attributes?: readonly KeyValue[];
}

interface TempoTrace {
  readonly batches?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly TempoSpan[] }[];
  }[];
}

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
  const found = await Promise.all(traceIds.map(wholeTrace));
  const ofService = found.flatMap((trace) => spansOf(trace, service));
  const name = JSON.stringify(service);
  const [logs, names, calls, known] = await Promise.all([
    logsOf(service, range),
    samples(`count by (__name__) ({service_name=${name}})`, 'metric'),
    samples(`sum(traces_spanmetrics_calls_total{service=${name}})`, 'value'),
    ask<{ data?: string[] }>(loki, '/loki/api/v1/label/service_name/values', range),
  ]);
  return {
    traceIds,
    spans: ofService.map(({ span }) => span),
    resource: ofService[0]?.resource ?? {},
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
  const there = await Promise.all(
    ids.map(async (id) => [id, ((await wholeTrace(id)).batches ?? []).length > 0] as const),
  );
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

function wholeTrace(traceId: string): Promise<TempoTrace> {
  return ask<TempoTrace>(tempo, `/api/traces/${traceId}`, {}, { whenNotFound: {} });
}

function spansOf(trace: TempoTrace, service: string): { span: ServiceSpan; resource: Attributes }[] {
  const batches = (trace.batches ?? []).map(({ resource, scopeSpans = [] }) => ({
    resource: attributesOf(resource?.attributes),
    spans: scopeSpans.flatMap(({ spans = [] }) => spans),
  }));
  const ids = new Set(batches.flatMap(({ spans }) => spans.map(({ spanId }) => spanId)));
  return batches
    .filter(({ resource }) => resource['service.name'] === service)
    .flatMap(({ resource, spans }) => spans.map((span) => ({ resource, span: spanOf(span, ids) })));
}

function spanOf({ kind, parentSpanId = '', attributes }: TempoSpan, ids: ReadonlySet<string>): ServiceSpan {
  const own = attributesOf(attributes);
  const hasParent = parentSpanId !== '';
  return {
    kind: kindOf(kind),
    parent: !hasParent ? 'none' : ids.has(parentSpanId) ? 'found' : 'missing',
    hasRoute: ['http.route', 'rpc.service', 'messaging.destination.name'].some((key) => key in own),
  };
}

function kindOf(kind = ''): ServiceSpan['kind'] {
  const name = kind.replace('SPAN_KIND_', '').toLowerCase();
  return name === 'server' || name === 'client' || name === 'producer' || name === 'consumer'
    ? name
    : 'internal';
}

function attributesOf(list: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}

async function ask<T>(
  { name, address = '' }: OutsideProgram,
  path: string,
  parameters: Readonly<Record<string, string>>,
  options: { readonly whenNotFound?: T } = {},
): Promise<T> {
  const url = `${address}${path}?${new URLSearchParams(parameters).toString()}`;
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(answerTimeoutMillis) });
  } catch (error) {
    const why = errorCode(error) ?? oneLine(error);
    throw new LauncherError(
      'network',
      `${name} does not answer at ${address} (${why}): is the platform running? npm run status`,
    );
  }
  if (response.status === 404 && options.whenNotFound !== undefined) return options.whenNotFound;
  if (!response.ok) {
    const said = (await response.text()).slice(0, 200);
    throw new LauncherError('http', `${name} answered ${response.status} to ${path}: ${oneLine(said)}`);
  }
  return (await response.json()) as T;
}
