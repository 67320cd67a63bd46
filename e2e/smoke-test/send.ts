import { randomBytes } from 'node:crypto';
import { request, until } from './http.ts';
import type { Places } from './places.ts';

export const SERVICE = 'trace-smoke-test';
export const METRIC = 'trace_smoke_test_run';

export type Signal = 'traces' | 'logs' | 'metrics';

/** One run: what is sent, and by what it is found again. */
export interface Run {
  /** service.instance.id of everything that this run sends. */
  readonly id: string;
  readonly traceId: string;
  readonly startedEpochMillis: number;
}

export function newRun(): Run {
  return {
    id: randomBytes(4).toString('hex'),
    traceId: randomBytes(16).toString('hex'),
    startedEpochMillis: Date.now(),
  };
}

/** Sends one span, one log line and one point of a metric; throws a Problem when the Collector takes none in time. */
export async function send(run: Run, places: Places, deadlineEpochMillis: number): Promise<void> {
  for (const [signal, body] of Object.entries(bodies(run, places))) {
    await until(deadlineEpochMillis, '', async () => await post(signal, body, places));
  }
}

async function post(signal: string, body: unknown, { collectorUrl }: Places): Promise<true> {
  await request('the Collector', `${collectorUrl}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return true;
}

/** As https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding has it. */
function bodies({ id, traceId, startedEpochMillis }: Run, { pod }: Places): Record<Signal, unknown> {
  const resource = {
    attributes: Object.entries({
      'service.name': SERVICE,
      'service.instance.id': id,
      ...(pod === undefined ? {} : { 'k8s.pod.uid': pod.uid }),
    }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  };
  const scope = { name: SERVICE };
  const timeUnixNano = `${startedEpochMillis}000000`;
  const spanId = traceId.slice(0, 16);
  const span = { traceId, spanId, name: 'smoke test', kind: 2, startTimeUnixNano: timeUnixNano };
  const line = { timeUnixNano, severityNumber: 9, severityText: 'INFO', body: { stringValue: `run ${id}` } };
  const point = { timeUnixNano, asInt: '1' };
  return {
    traces: {
      resourceSpans: [
        { resource, scopeSpans: [{ scope, spans: [{ ...span, endTimeUnixNano: `${Date.now()}000000` }] }] },
      ],
    },
    logs: {
      resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [{ ...line, traceId, spanId }] }] }],
    },
    metrics: {
      resourceMetrics: [
        { resource, scopeMetrics: [{ scope, metrics: [{ name: METRIC, gauge: { dataPoints: [point] } }] }] },
      ],
    },
  };
}
