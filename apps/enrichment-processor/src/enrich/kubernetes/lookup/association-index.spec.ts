import fc from 'fast-check';
import { AssociationIndex } from './association-index';

class Pod {
  gone = false;

  constructor(
    readonly id: number,
    readonly startEpochMillis: number,
  ) {}
}

describe('the pod that has a key', () => {
  it('is the newest that still runs, whatever came in which order', () => {
    const action = fc.record({
      pod: fc.nat(3),
      key: fc.constantFrom('a', 'b'),
      what: fc.constantFrom('claim', 'release', 'end'),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const index = new AssociationIndex<Pod>();
        const pods = [0, 1, 2, 3].map((id) => new Pod(id, id));
        const claims = { a: new Set<Pod>(), b: new Set<Pod>() };
        for (const { pod: id, key, what } of actions) {
          const pod = pods[id]!;
          if (what === 'claim') {
            claims[key].add(pod);
            index.claim(key, pod);
          } else if (what === 'release') {
            claims[key].delete(pod);
            index.release(key, pod);
          } else {
            pod.gone = true;
            // As PodTable does when a pod was deleted or has ended.
            for (const [of, claimants] of Object.entries(claims))
              if (claimants.has(pod)) index.claim(of, pod);
          }
        }
        for (const [key, claimants] of Object.entries(claims)) {
          const best = [...claimants].sort((one, other) =>
            one.gone === other.gone ? other.startEpochMillis - one.startEpochMillis : one.gone ? 1 : -1,
          )[0];
          expect(index.get(key)?.id).toBe(best?.id);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves nothing behind', () => {
    const index = new AssociationIndex<Pod>();
    const pods = [0, 1, 2].map((id) => new Pod(id, id));
    for (const pod of pods) index.claim('a', pod);
    for (const pod of pods) index.release('a', pod);
    expect(index.size).toBe(0);
  });
});
