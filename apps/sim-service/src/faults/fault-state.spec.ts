import fc from 'fast-check';
import { faultSchema, type Fault } from './fault';
import { FaultState } from './fault-state';
import { isLoopback } from './loopback.guard';
import { seededRandom } from './random';

const fault = (fields: Partial<Fault>): Fault => faultSchema.parse(fields);

describe('FaultState', () => {
  let nowMillis = 0;
  let state: FaultState;

  beforeEach(() => {
    nowMillis = 1_000_000;
    state = new FaultState(() => nowMillis, seededRandom(1));
  });

  it('does nothing by default', () => {
    expect(state.effectOn('/x')).toEqual({ latencyMillis: 0, fails: false });
    expect(state.active()).toEqual([]);
  });

  it('ends by itself, after 30 seconds unless told otherwise', () => {
    state.set(fault({ latencyMillis: 800 }));
    nowMillis += 29_999;
    expect(state.effectOn('/x').latencyMillis).toBe(800);
    expect(state.active()[0]?.remainingSeconds).toBeCloseTo(0.001);
    nowMillis += 1;
    expect(state.effectOn('/x').latencyMillis).toBe(0);
    expect(state.active()).toEqual([]);
  });

  it('has those of the configuration until they are no longer there, behind those that are timed', () => {
    state.setStanding([{ route: '*', latencyMillis: 5, errorRate: 0 }]);
    nowMillis += 3_600_000;
    expect(state.effectOn('/x').latencyMillis).toBe(5);
    expect(state.active()).toEqual([{ route: '*', latencyMillis: 5, errorRate: 0 }]);
    state.set(fault({ latencyMillis: 1 }));
    expect(state.effectOn('/x').latencyMillis).toBe(1);
    state.clear();
    state.setStanding([]);
    expect(state.effectOn('/x').latencyMillis).toBe(0);
  });

  it("puts a route's own fault before that of all routes", () => {
    state.set(fault({ latencyMillis: 1 }));
    state.set(fault({ route: '/slow', latencyMillis: 2, durationSeconds: 10 }));
    expect(state.effectOn('/slow').latencyMillis).toBe(2);
    expect(state.effectOn('/other').latencyMillis).toBe(1);
    nowMillis += 10_000;
    expect(state.effectOn('/slow').latencyMillis).toBe(1);
    state.clear();
    expect(state.effectOn('/other').latencyMillis).toBe(0);
  });

  it('replaces a fault, and takes only so many', () => {
    for (let i = 0; i < 100; i++) expect(state.set(fault({ route: `/${i}` }))).toBe(true);
    expect(state.set(fault({ route: '/one-more' }))).toBe(false);
    expect(state.set(fault({ route: '/5', latencyMillis: 7 }))).toBe(true);
    expect(state.effectOn('/5').latencyMillis).toBe(7);
  });

  it('fails the share of requests that was asked for, the same ones for the same seed', () => {
    const draw = (): boolean[] => {
      const seeded = new FaultState(() => 0, seededRandom(42));
      seeded.set(fault({ errorRate: 0.2 }));
      return Array.from({ length: 5000 }, () => seeded.effectOn('/x').fails);
    };
    const first = draw();
    expect(draw()).toEqual(first);
    const failures = first.filter(Boolean).length;
    expect(failures).toBeGreaterThan(900);
    expect(failures).toBeLessThan(1100);
  });

  it('never fails at rate 0 and always at rate 1', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const seeded = new FaultState(() => 0, seededRandom(seed));
        seeded.set(fault({ errorRate: 0 }));
        const never = seeded.effectOn('/x').fails;
        seeded.set(fault({ errorRate: 1 }));
        return !never && seeded.effectOn('/x').fails;
      }),
    );
  });

  it.each([
    { latencyMillis: 60_001 },
    { latencyMillis: -1 },
    { errorRate: 1.1 },
    { durationSeconds: 0 },
    { durationSeconds: 3601 },
    { leakBytesPerSecond: 16 * 1024 * 1024 + 1 },
    { latency: 5 },
  ])('has bounds: %j', (fields) => {
    expect(faultSchema.safeParse(fields).success).toBe(false);
  });
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['fe80::1', false],
    [undefined, false],
  ])('%s: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});
