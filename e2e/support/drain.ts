import { collectorMetrics, ownMetric } from './backends.ts';
import { eventually, sleep } from './wait.ts';

/** The exporters on the road of spans and log lines. */
const EXPORTERS = ['otlp_grpc/enrichment', 'otlp_grpc/tempo', 'otlp_http/loki'];
/** Tempo looks for idle traces each second, and serves them once they are idle for a second. */
const SETTLE_MILLIS = 3000;

/** Waits until the Collector's queues of spans and log lines have been empty for a moment. */
export async function drained(timeoutMillis = 180_000): Promise<void> {
  let emptySince: number | undefined;
  await eventually(
    'the Collector’s queues are empty',
    async () => {
      const sizes = await Promise.all(
        EXPORTERS.map((exporter) => ownMetric(collectorMetrics, 'otelcol_exporter_queue_size', { exporter })),
      );
      const queued = sizes.reduce((sum, size) => sum + size, 0);
      if (queued > 0) {
        emptySince = undefined;
        throw new Error(`${queued} bytes queued`);
      }
      emptySince ??= Date.now();
      return Date.now() - emptySince >= 1000 || undefined;
    },
    { timeoutMillis },
  );
  await sleep(SETTLE_MILLIS);
}

export { sleep };
