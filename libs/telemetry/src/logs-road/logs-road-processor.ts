import { metrics } from '@opentelemetry/api';
import { BatchLogRecordProcessor, type LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { JetStreamLogExporter } from './jetstream-log-exporter';
import { JetStreamPublisher } from './jetstream-publisher';

type LogRecord = Parameters<LogRecordProcessor['onEmit']>[0];

/** As the SDK reads them for its own exporters; undefined is its default. */
export interface BatchLimits {
  readonly maxQueueSize: number | undefined;
  readonly maxExportBatchSize: number | undefined;
  readonly scheduledDelayMillis: number | undefined;
  readonly exportTimeoutMillis: number | undefined;
}

/**
 * The SDK's own batching in front of JetStream. It begins with the first record: by then there is a MeterProvider,
 * which counts what a full queue drops (`otel.sdk.processor.log.processed`).
 */
export class LogsRoadProcessor implements LogRecordProcessor {
  #batching: BatchLogRecordProcessor | undefined;

  constructor(
    private readonly url: URL,
    private readonly name: string,
    private readonly limits: BatchLimits,
  ) {}

  onEmit(record: LogRecord): void {
    this.#batching ??= new BatchLogRecordProcessor({
      exporter: new JetStreamLogExporter(new JetStreamPublisher(this.url, this.name)),
      selfObsMeterProvider: metrics.getMeterProvider(),
      ...given(this.limits),
    });
    this.#batching.onEmit(record);
  }

  async forceFlush(): Promise<void> {
    await this.#batching?.forceFlush();
  }

  async shutdown(): Promise<void> {
    await this.#batching?.shutdown();
  }
}

function given(limits: BatchLimits): Partial<Record<keyof BatchLimits, number>> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
