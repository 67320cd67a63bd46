import fc from 'fast-check';
import { LruCache } from './lru-cache';

describe('LruCache', () => {
  it('forgets what was used longest ago', () => {
    const cache = new LruCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
    cache.clear();
    expect([cache.get('a'), cache.size]).toEqual([undefined, 0]);
  });

  it('behaves as a list in the order of use', () => {
    const step = fc.record({ set: fc.boolean(), key: fc.integer({ min: 0, max: 7 }) });
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 5 }), (steps, max) => {
        const cache = new LruCache<number, number>(max);
        let list: [number, number][] = [];
        steps.forEach(({ set, key }, index) => {
          const known = list.find(([other]) => other === key);
          if (!set) expect(cache.get(key)).toBe(known?.[1]);
          const entry: [number, number] | undefined = set ? [key, index] : known;
          if (set) cache.set(key, index);
          if (entry) list = [...list.filter(([other]) => other !== key), entry].slice(-max);
          expect(cache.size).toBe(list.length);
        });
      }),
    );
  });
});
