import { context, ROOT_CONTEXT, SeverityNumber, type Attributes, type HrTime } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { AccessLine } from './access-line';
import type { LineSink, SinkEvents } from './line-sink';

const MAX_LINES_A_REQUEST = 2000;
/** So long a line waits for others at most. */
const LINGER_MILLIS = 100;
const MAX_CONCURRENT_REQUESTS = 4;
/** At 50,000 lines a second, two seconds without an answer. */
const MAX_WAITING_LINES = 100_000;
const SCOPE = { name: 'log-simulator' };
const NO_ATTRIBUTES: Attributes = {};

/**
 * Sends lines as OTLP log records through the SDK's exporter, which tries again what it may. What finds
 * `MAX_WAITING_LINES` waiting is dropped.
 */
export class OtlpSink implements LineSink {
  #waiting: ReadableLogRecord[] = [];
  #waitingCount = 0;
  #requests = 0;
  #linger: NodeJS.Timeout | undefined;
  #lastNanos = 0n;
  #idle: (() => void)[] = [];

  constructor(
    private readonly exporter: LogRecordExporter,
    private readonly resource: Resource,
    private readonly events: SinkEvents,
    private readonly nowEpochMillis: () => number = Date.now,
  ) {}

  put(lines: readonly AccessLine[]): void {
    const room = MAX_WAITING_LINES - this.#waitingCount;
    if (lines.length > room) this.events.onDropped(lines.length - room, 'queue_full');
    const taken = lines.slice(0, room);
    this.#waitingCount += taken.length;
    for (const line of taken) this.#waiting.push(this.#record(line));
    this.#send(MAX_LINES_A_REQUEST);
    if (this.#linger !== undefined) return;
    this.#linger = setTimeout(() => {
      this.#linger = undefined;
      this.#send(1);
    }, LINGER_MILLIS);
  }

  async flush(): Promise<void> {
    this.#send(1);
    if (this.#waitingCount > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #send(atLeast: number): void {
    while (this.#waiting.length >= atLeast && this.#requests < MAX_CONCURRENT_REQUESTS) {
      const records = this.#waiting.splice(0, MAX_LINES_A_REQUEST);
      this.#requests += 1;
      // Of its own requests it makes no spans.
      context.with(suppressTracing(ROOT_CONTEXT), () => {
        this.exporter.export(records, ({ code }) => {
          this.#onAnswer(records.length, code === ExportResultCode.SUCCESS);
        });
      });
    }
  }

  #onAnswer(count: number, succeeded: boolean): void {
    this.#requests -= 1;
    this.#waitingCount -= count;
    if (succeeded) this.events.onDelivered(count);
    else this.events.onDropped(count, 'refused');
    // Somebody waits for the last, or there is as much as a request takes: else the timer sends it.
    this.#send(this.#idle.length > 0 ? 1 : MAX_LINES_A_REQUEST);
    if (this.#waitingCount === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #record({ text, isError }: AccessLine): ReadableLogRecord {
    const hrTime = this.#uniqueTime();
    return {
      hrTime,
      hrTimeObserved: hrTime,
      body: text,
      severityNumber: isError ? SeverityNumber.WARN : SeverityNumber.INFO,
      severityText: isError ? 'WARN' : 'INFO',
      resource: this.resource,
      instrumentationScope: SCOPE,
      attributes: NO_ATTRIBUTES,
      droppedAttributesCount: 0,
    };
  }

  /** Loki keeps one of two equal lines with the same time, and a service logs many in a millisecond. */
  #uniqueTime(): HrTime {
    const now = BigInt(Math.floor(this.nowEpochMillis())) * 1_000_000n;
    this.#lastNanos = now > this.#lastNanos ? now : this.#lastNanos + 1n;
    return [Number(this.#lastNanos / 1_000_000_000n), Number(this.#lastNanos % 1_000_000_000n)];
  }
}
