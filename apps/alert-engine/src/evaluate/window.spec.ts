import fc from 'fast-check';
import { ReferenceWindow, type Measured } from '../testing/reference-window';
import { isBad, quantileRank, type Condition } from './condition';
import type { DedupBudget, Sample } from './slice';
import { SlidingWindow } from './window';

const T = 1_700_000_000_000;

function budget(max = Infinity): DedupBudget & { full: number } {
  const counts = { used: 0, max, full: 0, onFull: () => (counts.full += 1) };
  return counts;
}

let nextId = 0;
function sample(at: number, durationMillis = 10, error = false, id = (nextId += 1)): Sample {
  const traceId = id.toString(16).padStart(32, '0');
  return { traceId, spanId: traceId.slice(16), endMillis: T + at, durationMillis, error };
}

const latency: Condition = { kind: 'latency', quantile: 0.95, aboveMillis: 500 };
const errors: Condition = { kind: 'errors', ratioAbove: 0.05 };
const rule = (condition: Condition, minCount = 3): ConstructorParameters<typeof SlidingWindow>[0] => ({
  condition,
  windowMillis: 3000,
  latenessMillis: 1000,
  minCount,
});

function exactValue(condition: Condition, samples: readonly Measured[]): number {
  switch (condition.kind) {
    case 'errors':
      return samples.filter(({ error }) => error).length / samples.length;
    case 'count':
      return samples.length;
    case 'repeats':
    case 'clock_ahead':
      return Math.max(...samples.map(({ magnitude }) => magnitude));
    case 'latency': {
      const sorted = samples.map(({ magnitude }) => magnitude).sort((a, b) => a - b);
      return sorted[quantileRank(condition.quantile, sorted.length) - 1] ?? NaN;
    }
  }
}

describe('SlidingWindow', () => {
  const arbitrarySample = fc
    .record({
      // Small ranges, so that windows fill, spans come late, and ids meet again.
      at: fc.integer({ min: 0, max: 12_000 }),
      duration: fc.constantFrom(1, 499, 500, 501, 2000),
      error: fc.boolean(),
      id: fc.integer({ min: 1, max: 60 }),
    })
    // A span that comes twice is the same span: all of it follows from its id, and from nothing else.
    .map(({ at, duration, error, id }) => {
      const span = sample(at, duration, error, id * 100_000 + at);
      const traceId = (1 + (id % 5)).toString(16).padStart(32, '0');
      return { ...span, traceId, route: id % 2 === 0 ? '/a' : '/b' };
    });
  const batches = fc.array(fc.array(arbitrarySample, { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 15,
  });
  const condition = fc.oneof(
    fc.record({
      kind: fc.constant('latency' as const),
      quantile: fc.constantFrom(0.5, 0.9, 0.95),
      aboveMillis: fc.constant(500),
    }),
    fc.record({ kind: fc.constant('errors' as const), ratioAbove: fc.constantFrom(0, 0.05, 0.5) }),
    fc.record({ kind: fc.constant('count' as const), above: fc.constantFrom(0, 3, 10) }),
    fc.record({ kind: fc.constant('repeats' as const), above: fc.constantFrom(1, 2, 5) }),
    fc.record({ kind: fc.constant('clock_ahead' as const), aboveMillis: fc.constant(500) }),
  );

  it('agrees with a model that keeps all samples, batch after batch', () => {
    fc.assert(
      fc.property(batches, condition, fc.integer({ min: 1, max: 6 }), (sent, measured, minCount) => {
        const window = new SlidingWindow(rule(measured, minCount), budget(), -Infinity);
        const model = new ReferenceWindow(rule(measured, minCount));
        for (const batch of sent) {
          for (const span of batch) expect(window.add(span)).toBe(model.add(span));
          const verdict = window.judge();
          expect(verdict).toBe(model.judge());
          const samples = model.breaching;
          if (verdict !== 'breach' || samples === undefined) continue;
          const { value, count, eventTimeMillis } = window.evidence();
          expect(count).toBe(samples.length);
          const bad = samples.filter(({ magnitude, error }) => isBad(measured, magnitude, error));
          expect(eventTimeMillis).toBe(Math.min(...bad.map(({ endMillis }) => endMillis)));
          expect(Math.abs(value / exactValue(measured, samples) - 1)).toBeLessThanOrEqual(
            measured.kind === 'latency' ? 0.0101 : 0,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('comes to the same verdict in whatever order the spans of a batch come', () => {
    const withinLateness = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.boolean()).map(([at, error]) => sample(at, 1, error)),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(
        withinLateness.chain((spans) =>
          fc.tuple(
            fc.constant(spans),
            fc.shuffledSubarray(spans, { minLength: spans.length, maxLength: spans.length }),
          ),
        ),
        ([inOrder, shuffled]) => {
          const verdicts = [inOrder, shuffled].map((spans) => {
            const window = new SlidingWindow(rule(errors), budget(), -Infinity);
            for (const span of spans) window.add(span);
            return window.judge();
          });
          expect(verdicts[0]).toBe(verdicts[1]);
        },
      ),
    );
  });

  it('fires with the span that crosses the line and holds until no open window is bad', () => {
    const window = new SlidingWindow(rule(latency), budget(), -Infinity);
    const verdicts = Array.from({ length: 30 }, (_, at) => {
      window.add(sample(at, 800));
      return window.judge();
    });
    expect(verdicts.slice(0, 4)).toEqual(['unknown', 'unknown', 'breach', 'breach']);
    const ends: number[] = [];
    for (let at = 100; at <= 8000; at += 100) {
      for (let count = 0; count < 5; count += 1) window.add(sample(at));
      if (window.judge() === 'good') ends.push(at);
    }
    // 3 s of window, 1 s of lateness, and the partly filled slice.
    expect(ends[0]).toBe(4100);
  });

  it('does not say good before a whole window has been seen, nor from too few requests', () => {
    const window = new SlidingWindow(rule(latency), budget(), -Infinity);
    for (let at = 0; at < 2900; at += 100) {
      for (let count = 0; count < 5; count += 1) window.add(sample(at));
      expect(window.judge()).toBe('unknown');
    }
    window.add(sample(3000));
    expect(window.judge()).toBe('good');
    window.add(sample(9000));
    expect(window.judge()).toBe('unknown');
  });

  it('does not take a first batch that reaches far back for a window seen', () => {
    const window = new SlidingWindow(rule(latency), budget(), -Infinity);
    for (let at = 10_000; at > 6000; at -= 100) window.add(sample(at));
    expect(window.judge()).toBe('unknown');
  });

  it('does not take old batches that arrive at the start for a window seen', () => {
    const window = new SlidingWindow(rule(latency), budget(), T + 10_000);
    const verdicts = [6500, 10_000, 12_900, 13_000].map((at) => {
      for (let count = 0; count < 5; count += 1) window.add(sample(at + count));
      return window.judge();
    });
    expect(verdicts).toEqual(['unknown', 'unknown', 'unknown', 'good']);
  });

  it('takes what is exactly window + lateness old, and nothing older', () => {
    const window = new SlidingWindow(rule(latency), budget(), -Infinity);
    window.add(sample(10_000));
    expect(window.add(sample(6000))).toBe('counted');
    expect(window.add(sample(5999))).toBe('late');
  });

  it('remembers no more ids than it may, counts on without, and gives back what left the window', () => {
    const limited = budget(2);
    const window = new SlidingWindow(rule(latency), limited, -Infinity);
    for (let index = 0; index < 5; index += 1) window.add(sample(index));
    expect(limited).toMatchObject({ used: 2, full: 3 });
    window.add(sample(60_000));
    expect(limited.used).toBe(0);
    window.add(sample(60_001));
    expect(limited.used).toBe(1);
    window.dispose();
    expect(limited.used).toBe(0);
  });

  it('names the traces of the three slowest bad requests', () => {
    const window = new SlidingWindow(rule(latency), budget(), -Infinity);
    const [a, b, c, d] = [700, 900, 600, 800].map((duration, index) => sample(index * 700, duration));
    for (const span of [a!, b!, c!, d!, { ...b!, spanId: 'another' }]) window.add(span);
    expect(window.evidence().traceIds).toEqual([b!.traceId, d!.traceId, a!.traceId]);
  });
});
