import fc from 'fast-check';
import { LatencySketch, RELATIVE_ERROR } from './latency-sketch';
import { quantileRank } from './condition';

const durations = fc.array(fc.double({ min: 0.01, max: 1_000_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});
const quantile = fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.99);

function exact(values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[quantileRank(q, values.length) - 1] ?? NaN;
}

describe('LatencySketch', () => {
  it('is off by at most its stated relative error, in pieces or as a whole', () => {
    fc.assert(
      fc.property(durations, durations, quantile, (first, second, q) => {
        const [a, b] = [new LatencySketch(), new LatencySketch()];
        first.forEach((value) => {
          a.add(value);
        });
        second.forEach((value) => {
          b.add(value);
        });
        const merged = new LatencySketch();
        merged.merge(a);
        merged.merge(b);
        const all = [...first, ...second];
        const truth = exact(all, q);
        const error = Math.abs(merged.valueAtRank(quantileRank(q, all.length)) - truth) / truth;
        expect(error).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9);
      }),
    );
  });

  it('counts what is out of its range at the ends', () => {
    const sketch = new LatencySketch();
    for (const value of [0, -5, 1e12]) sketch.add(value);
    expect(sketch.valueAtRank(1)).toBeLessThan(0.011);
    expect(sketch.valueAtRank(3)).toBeGreaterThan(990_000);
    expect(new LatencySketch().valueAtRank(1)).toBe(0);
  });
});
