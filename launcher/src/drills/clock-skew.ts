import { newSpanId, newTraceId, postOtlp, tracesBody } from '../backends/otlp-json.ts';
import type { Drill } from './drill.ts';
import { ownTrace, valueBetween } from './runner/evidence.ts';
import { acceptedByCollector } from './runner/own-service.ts';

const service = 'drill-clock-skew';
const skewSeconds = 60;
const toleranceSeconds = 5;
const everyMillis = 500;

export const clockSkew: Drill = {
  name: 'clock-skew',
  summary: `sends spans as a service whose clock is ${skewSeconds} s ahead`,
  durationSeconds: 15,
  alert: { alertname: 'ClockSkew', service_name: service },
  evidence: [
    valueBetween(
      `a value of ${skewSeconds} s`,
      skewSeconds - toleranceSeconds,
      skewSeconds + toleranceSeconds,
    ),
    ownTrace('a trace of that service'),
  ],
  needs: [],
  begin: (run) => {
    run.repeat(everyMillis, async () => {
      const endEpochMillis = run.context.clock.now() + skewSeconds * 1000;
      const [traceId, spanId] = [newTraceId(), newSpanId()];
      run.remember(traceId);
      const span = { traceId, spanId, name: 'GET /', startEpochMillis: endEpochMillis - 10, endEpochMillis };
      acceptedByCollector(await postOtlp('traces', tracesBody([[service, [span]]])));
    });
    return Promise.resolve();
  },
};
