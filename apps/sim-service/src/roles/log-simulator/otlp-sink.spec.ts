import { trace } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { OtlpSink } from './otlp-sink';

interface Request {
  readonly records: readonly ReadableLogRecord[];
  answer(succeeded?: boolean): void;
}

describe('the OTLP sink', () => {
  let requests: Request[];
  let counts: { delivered: number; queue_full: number; refused: number; file: number };
  let sink: OtlpSink;
  beforeEach(() => {
    jest.useFakeTimers();
    requests = [];
    counts = { delivered: 0, queue_full: 0, refused: 0, file: 0 };
    const exporter: LogRecordExporter = {
      export(records, done: (result: ExportResult) => void) {
        expect(trace.getActiveSpan()).toBeUndefined();
        const answer = (succeeded = true): void => {
          done({ code: succeeded ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
        };
        requests.push({ records, answer });
      },
      shutdown: () => Promise.resolve(),
      forceFlush: () => Promise.resolve(),
    };
    sink = new OtlpSink(exporter, emptyResource(), {
      onDelivered: (count) => {
        counts.delivered += count;
      },
      onDropped: (count, reason) => {
        counts[reason] += count;
      },
    });
  });
  afterEach(() => jest.useRealTimers());

  const put = (count: number): void => {
    sink.put(
      Array.from({ length: count }, () => ({ text: 'x', operation: 'read' as const, isError: false })),
    );
  };

  it('sends full requests at once, and what is left after a tenth of a second', () => {
    put(4500);
    expect(requests.map(({ records }) => records.length)).toEqual([2000, 2000]);
    jest.advanceTimersByTime(100);
    expect(requests.map(({ records }) => records.length)).toEqual([2000, 2000, 500]);
  });

  it('has four requests under way at most', () => {
    put(20_000);
    expect(requests).toHaveLength(4);
    requests[0]?.answer();
    expect(requests).toHaveLength(5);
    expect(counts.delivered).toBe(2000);
  });

  it('drops what finds too many waiting, and counts it', () => {
    put(99_999);
    put(3);
    expect(counts.queue_full).toBe(2);
    requests[0]?.answer();
    put(2);
    expect(counts.queue_full).toBe(2);
  });

  it('counts what was refused for good', () => {
    put(2000);
    requests[0]?.answer(false);
    expect(counts).toMatchObject({ delivered: 0, refused: 2000 });
  });

  it('gives each line a time of its own, as it was made', () => {
    put(2000);
    const times = requests[0]?.records.map(({ hrTime: [seconds, nanos] }) => seconds * 1e9 + nanos) ?? [];
    const text = requests[0]?.records.map(({ hrTime }) => hrTime.join('.'));
    expect(new Set(text).size).toBe(2000);
    expect(times.every((time) => Math.abs(time / 1e6 - Date.now()) < 10)).toBe(true);
  });

  it('is flushed when every line has been answered', async () => {
    put(9000);
    let isFlushed = false;
    const flushed = sink.flush().then(() => {
      isFlushed = true;
    });
    for (let answered = 0; answered < 5; answered += 1) {
      await Promise.resolve();
      expect(isFlushed).toBe(false);
      requests[answered]?.answer();
    }
    await flushed;
    expect(counts.delivered).toBe(9000);
  });
});
