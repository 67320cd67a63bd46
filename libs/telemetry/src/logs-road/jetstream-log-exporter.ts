import { metrics, type Counter } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { JetStreamPublisher } from './jetstream-publisher';
import { logsSubjectOf } from './logs-subject';

/** The SDK makes one request at a time, and one more while it is flushed. */
const MAX_REQUESTS = 4;
/** Well before the SDK itself gives up a request (OTEL_BLRP_EXPORT_TIMEOUT, 30 s). */
const CONFIRM_MILLIS = 25_000;
/** So small that whoever reads the stream may hold many of them. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** What the server counts into its limit besides. */
const HEADER_BYTES = 1024;

export type Publisher = Pick<JetStreamPublisher, 'publish' | 'close' | 'maxPayloadBytes'>;
type DropReason = 'queue_full' | 'too_large' | 'not_confirmed';

/**
 * Publishes log records to JetStream as OTLP requests (ExportLogsServiceRequest, protobuf) instead of sending them to
 * the Collector; a request succeeds when the stream has confirmed all of it.
 */
export class JetStreamLogExporter implements LogRecordExporter {
  readonly #pending = new Set<Promise<void>>();
  #dropped: Counter | undefined;

  constructor(
    private readonly publisher: Publisher,
    private readonly nowEpochMillis: () => number = Date.now,
  ) {}

  export(records: ReadableLogRecord[], done: (result: ExportResult) => void): void {
    if (this.#pending.size >= MAX_REQUESTS) {
      this.#drop(records.length, 'queue_full');
      done(failed(new Error('too many log requests wait for NATS')));
      return;
    }
    const request = this.#publish(records).then(
      () => {
        done({ code: ExportResultCode.SUCCESS });
      },
      (error: unknown) => {
        done(failed(error));
      },
    );
    this.#pending.add(request);
    void request.finally(() => this.#pending.delete(request));
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    await this.publisher.close();
  }

  /** All that is confirmed stays confirmed when one message of the request is not. */
  async #publish(records: readonly ReadableLogRecord[]): Promise<void> {
    const deadline = this.nowEpochMillis() + CONFIRM_MILLIS;
    let failure: Error | undefined;
    for (const { subject, data, count } of this.#messages(records)) {
      try {
        if (data.length + HEADER_BYTES > this.publisher.maxPayloadBytes) {
          this.#drop(count, 'too_large');
          throw new Error(`NATS takes no log record of ${data.length} bytes`);
        }
        await this.publisher.publish(subject, data, deadline).catch((error: unknown) => {
          this.#drop(count, 'not_confirmed');
          throw error;
        });
      } catch (error) {
        failure = asError(error);
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** Cut in halves until each is small enough, or one record. */
  *#messages(
    records: readonly ReadableLogRecord[],
  ): Generator<{ readonly subject: string; readonly data: Uint8Array; readonly count: number }> {
    const [first] = records;
    if (first === undefined) return;
    const data = ProtobufLogsSerializer.serializeRequest([...records]);
    if (data === undefined) return;
    if (data.length > MAX_MESSAGE_BYTES && records.length > 1) {
      const middle = Math.ceil(records.length / 2);
      yield* this.#messages(records.slice(0, middle));
      yield* this.#messages(records.slice(middle));
      return;
    }
    const service = first.resource.attributes[ATTR_SERVICE_NAME];
    yield {
      subject: logsSubjectOf(typeof service === 'string' ? service : ''),
      data,
      count: records.length,
    };
  }

  #drop(count: number, reason: DropReason): void {
    this.#dropped ??= metrics.getMeter('@trace/telemetry/logs-road').createCounter('logs_road.dropped', {
      description: 'Log records that NATS has not confirmed, by reason.',
      unit: '{log_record}',
    });
    this.#dropped.add(count, { reason });
  }
}

function failed(error: unknown): ExportResult {
  return {
    code: ExportResultCode.FAILED,
    error: asError(error),
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
