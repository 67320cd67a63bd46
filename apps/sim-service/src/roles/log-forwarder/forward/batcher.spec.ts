import fc from 'fast-check';
import { Batcher } from './batcher';
import type { Sized } from './batch';

const LIMITS = { maxRecords: 10, maxBytes: 100, maxMessages: 5, flushIntervalMillis: 500 };

describe('the batcher', () => {
  let batches: (readonly Sized[])[];
  let batcher: Batcher<Sized>;
  beforeEach(() => {
    jest.useFakeTimers();
    batches = [];
    batcher = new Batcher(LIMITS, (messages) => batches.push(messages));
  });
  afterEach(() => jest.useRealTimers());

  const add = (records: number, bytes = 1): void => {
    batcher.add({ records, data: new Uint8Array(bytes) });
  };
  const sizes = (): number[] => batches.map((messages) => messages.length);

  it('waits for the flush interval from the first message on, not from the last', () => {
    add(1);
    jest.advanceTimersByTime(400);
    add(1);
    jest.advanceTimersByTime(99);
    expect(sizes()).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(sizes()).toEqual([2]);
    jest.advanceTimersByTime(10_000);
    expect(sizes()).toEqual([2]);
  });

  it.each([
    ['records', [4, 6], [1, 1]],
    ['bytes', [1, 1], [40, 60]],
  ])('sends at once what is full of %s', (_what, records, bytes) => {
    add(records[0] ?? 0, bytes[0]);
    expect(sizes()).toEqual([]);
    add(records[1] ?? 0, bytes[1]);
    expect(sizes()).toEqual([2]);
  });

  it('sends at once when no more can come', () => {
    for (let count = 0; count < LIMITS.maxMessages; count += 1) add(1);
    expect(sizes()).toEqual([5]);
  });

  it('begins another batch with what has no room', () => {
    add(7);
    add(4);
    expect(sizes()).toEqual([1]);
    jest.advanceTimersByTime(500);
    expect(sizes()).toEqual([1, 1]);
  });

  it('keeps to the limits and the order, and leaves nothing out', () => {
    const message = fc.record({ records: fc.nat(12), bytes: fc.nat(120) });
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        batches = [];
        const given = messages.map(({ records, bytes }) => ({ records, data: new Uint8Array(bytes) }));
        for (const each of given) batcher.add(each);
        batcher.flush();
        expect(batches.flat()).toEqual(given);
        for (const batch of batches.filter(({ length }) => length > 1)) {
          expect(batch.length).toBeLessThanOrEqual(LIMITS.maxMessages);
          const sum = (of: (each: Sized) => number): number => batch.reduce((all, each) => all + of(each), 0);
          expect(sum(({ records }) => records)).toBeLessThanOrEqual(LIMITS.maxRecords);
          expect(sum(({ data }) => data.length)).toBeLessThanOrEqual(LIMITS.maxBytes);
        }
      }),
    );
  });
});
