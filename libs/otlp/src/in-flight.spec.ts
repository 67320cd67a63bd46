import fc from 'fast-check';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InFlight, type Numbered } from './in-flight';

const BODY_BYTES = 20_000;

describe('InFlight', () => {
  it('holds what a list does that is searched from its beginning', () => {
    const step = fc.record({ adds: fc.boolean(), gap: fc.integer({ min: 1, max: 3 }), at: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const calls = new InFlight<Numbered>();
        const all: Numbered[] = [];
        let expected: readonly Numbered[] = [];
        let id = 0;
        for (const { adds, gap, at } of steps) {
          const call = adds ? { id: (id += gap) } : all[at % (all.length || 1)];
          if (call === undefined) continue;
          if (adds) {
            all.push(call);
            calls.add(call);
            expected = [...expected, call];
          } else {
            expect(calls.has(call)).toBe(expected.includes(call));
            expect(calls.delete(call)).toBe(expected.includes(call));
            expected = expected.filter((other) => other !== call);
          }
          expect([...calls]).toEqual(expected);
          expect(calls.size).toBe(expected.length);
        }
        for (let wanted = 0; wanted <= id + 1; wanted += 1)
          expect(calls.find(wanted)).toBe(expected.find((call) => call.id === wanted));
      }),
    );
  });

  it('takes another one of the same id for another', () => {
    const calls = new InFlight<Numbered>();
    calls.add({ id: 1 });
    expect([calls.has({ id: 1 }), calls.delete({ id: 1 }), calls.size]).toEqual([false, false, 1]);
  });

  it('finds one of thousands without looking at each', () => {
    let looks = 0;
    class Call implements Numbered {
      readonly #id: number;
      constructor(id: number) {
        this.#id = id;
      }
      get id(): number {
        looks += 1;
        return this.#id;
      }
    }
    const calls = new InFlight<Call>();
    const all = Array.from({ length: 10_000 }, (_, index) => new Call(2 * index + 1));
    for (const call of all) calls.add(call);
    expect(calls.find(19_999)).toBe(all[9999]);
    for (const call of all.slice(5000)) calls.delete(call);
    expect(calls.size).toBe(5000);
    expect(looks / 5000).toBeLessThan(20); // the second logarithm of 10,000 is 13.3
  });

  it('can be walked through while they leave', () => {
    const calls = new InFlight<Numbered>();
    const all = [{ id: 1 }, { id: 2 }, { id: 3 }] as const;
    for (const call of all) calls.add(call);
    const met: Numbered[] = [];
    for (const call of calls) {
      met.push(call);
      calls.delete(call);
      calls.delete(all[2]);
    }
    expect(met).toEqual(all);
    expect(calls.size).toBe(0);
  });

  it('keeps nobody who has left from young collections, as a Set does', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
    setFlagsFromString('--no-expose-gc');
    const calls = new InFlight<Numbered & { readonly body: Buffer }>();
    let id = 0;
    collect(); // it is in the old generation now
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 20; round += 1) {
      const five = Array.from({ length: 5 }, () => ({ id: (id += 1), body: Buffer.alloc(BODY_BYTES) }));
      for (const call of five) calls.add(call);
      await pause();
      for (const call of five) calls.delete(call);
    }
    const kept = (): number => (process.memoryUsage().arrayBuffers - before) / BODY_BYTES;
    // What is free is freed on another thread.
    const deadline = Date.now() + 30_000;
    while (kept() >= 50 && Date.now() < deadline) {
      collect({ type: 'minor' });
      await pause();
    }
    expect(kept()).toBeLessThan(50); // of 100
  });
});
