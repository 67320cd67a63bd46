// Sends spans, log records and data points through OpenTelemetry's exporters for Node.js. These try nothing again
// (unlike those of the other languages), so this program gives them a batch until they say that it arrived.
import { setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const number = (name) => Number(process.env[`E2E_${name}`]);
const perRound = number('PER_ROUND');
const padding = 'x'.repeat(number('PADDING_CHARACTERS'));
const RETRY_MILLIS = 100;
const GIVE_UP_MILLIS = 60_000;
const FAILED = 1;

/** An exporter that keeps on trying. */
function persistent(exporter) {
  const exportOnce = exporter.export.bind(exporter);
  exporter.export = (items, done) => {
    const giveUpAt = Date.now() + GIVE_UP_MILLIS;
    const attempt = () =>
      exportOnce(items, (result) => {
        if (result.code !== FAILED || Date.now() > giveUpAt) done(result);
        else setTimeout(attempt, RETRY_MILLIS);
      });
    attempt();
  };
  return exporter;
}

const resource = resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME });
const batch = { maxQueueSize: 4096, exportTimeoutMillis: GIVE_UP_MILLIS };
const tracers = new TracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor({ ...batch, exporter: persistent(new OTLPTraceExporter()) })],
});
const loggers = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ ...batch, exporter: persistent(new OTLPLogExporter()) })],
});
const reader = new PeriodicExportingMetricReader({
  exporter: persistent(new OTLPMetricExporter()),
  exportIntervalMillis: 3_600_000,
  exportTimeoutMillis: GIVE_UP_MILLIS,
});
const meters = new MeterProvider({ resource, readers: [reader] });

const tracer = tracers.getTracer('e2e');
const logger = loggers.getLogger('e2e');
const counter = meters.getMeter('e2e').createCounter('e2e.counted');

for (let round = 0; round < number('ROUNDS'); round += 1) {
  for (let index = 0; index < perRound; index += 1) {
    const attributes = { 'e2e.id': String(round * perRound + index), padding };
    tracer.startSpan('e2e', { attributes }).end();
    logger.emit({ body: 'e2e', severityNumber: 9, attributes });
    counter.add(1, attributes);
  }
  await Promise.all([tracers.forceFlush(), loggers.forceFlush(), meters.forceFlush()]);
  await sleep(number('PAUSE_MILLIS'));
}
await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
