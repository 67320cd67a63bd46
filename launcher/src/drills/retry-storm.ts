import { newSpanId, newTraceId, postOtlp, tracesBody, type SpanToSend } from '../backends/otlp-json.ts';
import { gateway, users } from '../programs/apps.ts';
import type { Drill } from './drill.ts';
import { owner, ownTrace, tracesWith } from './runner/evidence.ts';
import { putFault } from './runner/faults.ts';
import { sendRequest } from './runner/load.ts';
import type { DrillRun } from './runner/drill-run.ts';

const SPAN_KIND_INTERNAL = 1;
const SPAN_KIND_CLIENT = 3;
const maxRetries = 20;
const pauseMillis = 2_000;
/** `above` of the rule RetryStorm. */
const thresholdSpans = 8;
const url = `${gateway.address ?? ''}/api/v1/users/1`;

export const retryStorm: Drill = {
  name: 'retry-storm',
  summary: `has users fail, and a client repeat each request at once, up to ${maxRetries} times`,
  durationSeconds: 15,
  alert: { alertname: 'RetryStorm', service_name: 'users' },
  evidence: [
    owner,
    ownTrace('the trace of the client'),
    tracesWith(`a trace with more than ${thresholdSpans} requests to users`, (spans) => {
      const served = spans.filter(
        ({ kind, resource }) => kind === 'server' && resource['service.name'] === 'users',
      );
      return served.length > thresholdSpans ? `${served.length} of them` : undefined;
    }),
  ],
  needs: ['gateway', 'users', 'tempo'],
  begin: async (run) => {
    await putFault(users, { route: 'trace.samples.users.v1.UsersService/GetUser', errorRate: 1 }, run);
    run.repeat(pauseMillis, (over) => persist(run, over));
  },
};

/** One request, again and again at once while it fails, each try a client span of one trace. */
async function persist(run: DrillRun, over: AbortSignal): Promise<void> {
  const { clock } = run.context;
  const [traceId, root] = [newTraceId(), newSpanId()];
  const spans: SpanToSend[] = [];
  run.remember(traceId);
  const startEpochMillis = clock.now();
  for (let resendCount = 0; resendCount <= maxRetries && !over.aborted; resendCount += 1) {
    const spanId = newSpanId();
    const sentAt = clock.now();
    const { status } = await sendRequest({ method: 'GET', url }, undefined, {
      traceparent: `00-${traceId}-${spanId}-01`,
    });
    spans.push({
      traceId,
      spanId,
      parentSpanId: root,
      name: 'GET',
      kind: SPAN_KIND_CLIENT,
      startEpochMillis: sentAt,
      endEpochMillis: clock.now(),
      error: status >= 500,
      // https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-request-retries-and-redirects
      attributes: {
        'http.request.method': 'GET',
        'url.full': url,
        'http.response.status_code': status,
        ...(resendCount === 0 ? {} : { 'http.request.resend_count': resendCount }),
      },
    });
    if (status < 500) break;
  }
  const whole = { startEpochMillis, endEpochMillis: clock.now(), kind: SPAN_KIND_INTERNAL };
  const spansOfClient = [{ traceId, spanId: root, name: 'persist', ...whole }, ...spans];
  await postOtlp('traces', tracesBody([['drill-client', spansOfClient]]));
}
