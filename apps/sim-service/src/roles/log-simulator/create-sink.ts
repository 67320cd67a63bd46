import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { FileSink } from './file-sink';
import type { LineSink, SinkEvents } from './line-sink';
import { OtlpSink } from './otlp-sink';
import type { Settings } from './simulation.schema';

/** The service whose access log it is; of its own, so that its lines are not among the simulator's. */
export const SIMULATED_SERVICE = 'simulated-shop';

/** Where OTLP goes, the standard OTEL_EXPORTER_OTLP_* variables say. */
export function createSink({ destination }: Settings, file: string, events: SinkEvents): LineSink {
  if (destination === 'file') return new FileSink(file, events);
  const resource = resourceFromAttributes({
    'service.name': SIMULATED_SERVICE,
    'service.namespace': 'sample-services',
  });
  return new OtlpSink(new OTLPLogExporter(), resource, events);
}
