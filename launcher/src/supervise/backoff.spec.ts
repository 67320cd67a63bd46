import fc from 'fast-check';

import { Backoff, defaultBackoff } from './backoff.ts';

test('doubles from half a second to thirty', () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 9 }, () => backoff.next(0));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('is forgotten after a minute of life', () => {
  const backoff = new Backoff();
  backoff.next(0);
  backoff.next(59_999);
  expect(backoff.next(60_000)).toBe(500);
  expect(backoff.next(0)).toBe(1_000);
});

test('never leaves its bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200_000)), (lives) => {
      const backoff = new Backoff();
      for (const lived of lives) {
        const wait = backoff.next(lived);
        expect(wait).toBeGreaterThanOrEqual(defaultBackoff.firstMillis);
        expect(wait).toBeLessThanOrEqual(defaultBackoff.maxMillis);
      }
    }),
  );
});
