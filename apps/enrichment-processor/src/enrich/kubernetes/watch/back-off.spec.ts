import { BackOff } from './back-off';

describe('pauses after failures', () => {
  it('grow twofold up to the limit, and begin anew after a reset', () => {
    const backOff = new BackOff(2000, () => 1);
    expect([1, 2, 3, 4, 5].map(() => backOff.next())).toEqual([250, 500, 1000, 2000, 2000]);
    backOff.reset();
    expect(backOff.next()).toBe(250);
  });

  it('are cut at random, to half at most', () => {
    expect(new BackOff(2000, () => 0).next()).toBe(125);
  });

  it('are at least what the server asked for, up to a minute', () => {
    expect(new BackOff(2000, () => 1).next(7000)).toBe(7000);
    expect(new BackOff(2000, () => 1).next(3_600_000)).toBe(60_000);
  });
});
