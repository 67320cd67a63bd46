import { lokiUrl, prometheusUrl, tempoUrl } from '../../support/backends.ts';
import type { Attributes } from '../../../launcher/src/backends/traces.ts';
import type { Target } from './dashboard.ts';
import { interpolate, WINDOW_SECONDS, type Values } from './interpolate.ts';

const STEP_SECONDS = 15;

/** What came of a query: its series, rows or streams, by their labels; those without one number are left out. */
export type Answer = readonly Attributes[];

interface Series {
  readonly metric?: Attributes;
  readonly stream?: Attributes;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number | string, string])[];
}

/** How long an answer that had something in it is good for: many panels lead to the same. */
const FRESH_MILLIS = 60_000;
const answered = new Map<string, { readonly answer: Answer; readonly untilMillis: number }>();

/** Asks the backend of the data source what Grafana would ask. */
export async function ask(uid: string, target: Target, values: Values): Promise<Answer> {
  const text = interpolate(target.expr ?? target.query ?? '', values);
  const key = JSON.stringify([uid, text, target.queryType, target.instant, target.interval]);
  const known = answered.get(key);
  if (known !== undefined && known.untilMillis > Date.now()) return known.answer;
  const answer = await askBackend(uid, target, text);
  if (answer.length > 0) answered.set(key, { answer, untilMillis: Date.now() + FRESH_MILLIS });
  return answer;
}

async function askBackend(uid: string, target: Target, text: string): Promise<Answer> {
  switch (uid) {
    case 'prometheus':
      return numbers(await timed(`${prometheusUrl}/api/v1`, text, target.instant === true, target.interval));
    case 'loki':
      return lokiLines(await timed(`${lokiUrl}/loki/api/v1`, text, target.queryType === 'instant'));
    case 'tempo':
      return target.queryType === 'serviceMap' ? serviceMap() : traces(text);
    default:
      throw new Error(`there is no data source ${uid}`);
  }
}

/** The two figures of each edge of the service graph that Grafana asks its data source's `serviceMap` for. */
export async function serviceMap(): Promise<Answer> {
  const answers = [
    'traces_service_graph_request_total',
    'traces_service_graph_request_server_seconds_sum',
  ].map((metric) =>
    ask('prometheus', { expr: `sum by (client, server) (rate(${metric}[$__range]))`, instant: true }, {}),
  );
  const [total = [], seconds = []] = await Promise.all(answers);
  return seconds.length === 0 ? [] : total;
}

async function timed(api: string, query: string, isInstant: boolean, interval?: string): Promise<Series[]> {
  const now = Date.now() / 1000;
  const step = interval === undefined ? STEP_SECONDS : Number(interval.replace('s', ''));
  const parameters = isInstant
    ? { query, time: String(now) }
    : { query, start: String(now - WINDOW_SECONDS), end: String(now), step: String(step) };
  const answer = await getJson<{ data: { result: Series[] } }>(
    `${api}/${isInstant ? 'query' : 'query_range'}`,
    parameters,
  );
  return answer.data.result;
}

/** NaN is what a quantile of nothing is. */
function numbers(result: readonly Series[]): Answer {
  return result
    .filter(({ value, values = [] }) =>
      [...(value === undefined ? [] : [value]), ...values].some(([, number]) =>
        Number.isFinite(Number(number)),
      ),
    )
    .map(({ metric = {} }) => metric);
}

function lokiLines(result: readonly Series[]): Answer {
  return [
    ...numbers(result.filter(({ metric }) => metric !== undefined)),
    ...result.flatMap(({ stream }) => (stream === undefined ? [] : [stream])),
  ];
}

async function traces(q: string): Promise<Answer> {
  const now = Math.ceil(Date.now() / 1000);
  const found = await getJson<{ traces?: { traceID: string }[] }>(`${tempoUrl}/api/search`, {
    q,
    limit: '20',
    start: String(now - WINDOW_SECONDS),
    end: String(now + 1),
  });
  return (found.traces ?? []).map(({ traceID }) => ({ traceID }));
}

export async function getJson<T>(url: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
  const response = await fetch(`${url}?${new URLSearchParams(parameters).toString()}`, {
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 300)}`);
  return (await response.json()) as T;
}
