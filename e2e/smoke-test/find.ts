import { look } from './http.ts';
import { METRIC, SERVICE, type Run } from './send.ts';

type Labels = Readonly<Record<string, string>>;

interface TempoTrace {
  readonly batches?: readonly {
    readonly resource: { readonly attributes?: readonly { key: string; value: { stringValue?: string } }[] };
  }[];
}

/** What Tempo knows of the resource; names as in the semantic conventions. */
export async function findTrace({ traceId }: Run, tempoUrl: string): Promise<Labels | undefined> {
  const trace = await look<TempoTrace>('Tempo', `${tempoUrl}/api/traces/${traceId}`);
  const attributes = trace?.batches?.[0]?.resource.attributes;
  return attributes && Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? '']));
}

/** The labels of the line in Loki; names with `_` for `.`. */
export async function findLine(
  { id, startedEpochMillis }: Run,
  lokiUrl: string,
): Promise<Labels | undefined> {
  const query = `{service_name="${SERVICE}"} |= "run ${id}"`;
  const start = `${startedEpochMillis - 60_000}000000`;
  const answer = await look<{ data: { result: { stream: Labels }[] } }>(
    'Loki',
    `${lokiUrl}/loki/api/v1/query_range?${new URLSearchParams({ query, start }).toString()}`,
  );
  return answer?.data.result[0]?.stream;
}

/** The labels of the series in Prometheus; names with `_` for `.`. */
export async function findSeries({ id }: Run, prometheusUrl: string): Promise<Labels | undefined> {
  const query = `${METRIC}{service_instance_id="${id}"}`;
  const answer = await look<{ data: { result: { metric: Labels }[] } }>(
    'Prometheus',
    `${prometheusUrl}/api/v1/query?${new URLSearchParams({ query }).toString()}`,
  );
  return answer?.data.result[0]?.metric;
}

export interface Delivery {
  readonly receiver: string;
  readonly outcome: string;
}

/** Whether the alert of this run fires. */
export async function findAlert({ id }: Run, alertEngineUrl: string): Promise<true | undefined> {
  const answer = await look<{ data: { alerts: { labels: Labels; state: string }[] } }>(
    'the alert engine',
    `${alertEngineUrl}/api/v1/alerts`,
  );
  return answer?.data.alerts.some(({ labels }) => labels.service_instance_id === id) ? true : undefined;
}

/** What became of its notifications, of each receiver once it is known. */
export async function findDeliveries({ id }: Run, alertEngineUrl: string): Promise<Delivery[]> {
  const answer = await look<{ data: { notifications: (Delivery & { labels: Labels })[] } }>(
    'the alert engine',
    `${alertEngineUrl}/api/v1/notifications`,
  );
  return answer?.data.notifications.filter(({ labels }) => labels.service_instance_id === id) ?? [];
}
