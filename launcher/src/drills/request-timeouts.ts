import { ask } from '../backends/ask.ts';
import { logsBody, newSpanId, newTraceId, postOtlp, tracesBody } from '../backends/otlp-json.ts';
import { loki } from '../programs/outside.ts';
import type { Drill, Finding } from './drill.ts';
import { traceIdsOf, type ActiveAlert } from './runner/alerts.ts';
import type { DrillRun } from './runner/drill-run.ts';
import { ownTrace } from './runner/evidence.ts';
import { acceptedByCollector } from './runner/own-service.ts';

const SPAN_KIND_CLIENT = 3;
const service = 'drill-timeouts';
const texts = ['request timeout', 'service unavailable'];
const everyMillis = 1_000;

export const requestTimeouts: Drill = {
  name: 'request-timeouts',
  summary: `logs "${texts.join('" and "')}" as a service whose upstream does not answer`,
  durationSeconds: 15,
  alert: { alertname: 'RequestTimeouts', service_name: service },
  evidence: [
    ownTrace('the traces of the log lines'),
    {
      what: 'log lines that are in Loki',
      check: storedLines,
    },
  ],
  needs: ['loki'],
  begin: (run) => {
    run.repeat(everyMillis, () => timeOut(run));
    return Promise.resolve();
  },
};

/** One failed call with each of the texts, as a span and as a log line in it. */
async function timeOut(run: DrillRun): Promise<void> {
  const endEpochMillis = run.context.clock.now();
  const startEpochMillis = endEpochMillis - 1_000;
  const calls = texts.map((text) => ({ text, traceId: newTraceId(), spanId: newSpanId() }));
  for (const { traceId } of calls) run.remember(traceId);
  const span = { name: 'GET', kind: SPAN_KIND_CLIENT, startEpochMillis, endEpochMillis, error: true };
  const spans = calls.map(({ traceId, spanId }) => ({ traceId, spanId, ...span }));
  const lines = calls.map(({ text, traceId }) => ({
    body: `GET http://upstream.example.com/: ${text}`,
    timeEpochMillis: endEpochMillis,
    traceId,
    isError: true,
  }));
  // First, so that nobody who follows a line finds nothing.
  acceptedByCollector(await postOtlp('traces', tracesBody([[service, spans]])));
  acceptedByCollector(await postOtlp('logs', logsBody(service, lines)));
}

async function storedLines(alert: ActiveAlert): Promise<Finding> {
  const [traceId = ''] = traceIdsOf(alert);
  const { data } = await ask<{ data: { result: { values: [string, string][] }[] } }>(
    loki,
    '/loki/api/v1/query_range',
    { query: `{service_name="${service}"} | trace_id="${traceId}"`, since: '1h' },
  );
  const lines = data.result.flatMap(({ values }) => values.map(([, line]) => line));
  const named = alert.annotations.log_lines?.split('\n') ?? [];
  const found = lines.find((line) => named.includes(line));
  return { holds: found !== undefined, found: found ?? `${lines.length} lines of ${traceId}` };
}
