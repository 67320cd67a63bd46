import { resourceFromAttributes } from '@opentelemetry/resources';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import { FileSink } from './file-sink';
import type { LineSink, SinkEvents } from './line-sink';
import { OtlpSink } from './otlp-sink';
import type { Settings } from './simulation.schema';

/** The service whose access log it is; of its own, so that its lines are not among the simulator's. */
export const SIMULATED_SERVICE = 'simulated-shop';

export function createSink(
  { destination }: Settings,
  { file, exporter }: { readonly file: string; readonly exporter: LogRecordExporter },
  events: SinkEvents,
): LineSink {
  if (destination === 'file') return new FileSink(file, events);
  const resource = resourceFromAttributes({
    'service.name': SIMULATED_SERVICE,
    'service.namespace': 'sample-services',
  });
  return new OtlpSink(exporter, resource, events);
}
