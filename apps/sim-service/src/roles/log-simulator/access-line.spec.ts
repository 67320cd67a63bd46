import { seededRandom } from '../../faults/random';
import { AccessLines, clfTime } from './access-line';
import { newSimulation, type Operation } from './simulation.schema';

const LINE =
  /^(\d+\.\d+\.\d+\.\d+) - (user-\d+) \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000)\] "(POST|GET|PUT|DELETE) (\/api\/v1\/\w+(?:\/\d+)?) HTTP\/1\.1" (\d{3}) (\d+|-)( "https:\/\/shop\.example\/\w+" "[^"]+")?$/;
const TIME = clfTime(Date.UTC(2026, 1, 3, 4, 5, 6));

const linesOf = (settings: object, count = 20_000): ReturnType<AccessLines['next']>[] => {
  const lines = new AccessLines(newSimulation.parse(settings), seededRandom(1));
  return Array.from({ length: count }, () => lines.next(TIME));
};

describe('access log lines', () => {
  it('are in Common or in Combined Log Format', () => {
    expect(TIME).toBe('03/Feb/2026:04:05:06 +0000');
    for (const format of ['common', 'combined']) {
      for (const { text } of linesOf({ format }, 500)) {
        const match = LINE.exec(text);
        expect(match?.[3]).toBe(TIME);
        expect(match?.[8] !== undefined).toBe(format === 'combined');
      }
    }
  });

  it('have the methods of the mix, and as many errors as asked for', () => {
    const mix = { create: 1, read: 6, update: 2, delete: 1 };
    const lines = linesOf({ mix, error_share: 0.2 });
    const share = (operation: Operation): number =>
      lines.filter((line) => line.operation === operation).length / lines.length;
    expect(share('create')).toBeCloseTo(0.1, 1);
    expect(share('read')).toBeCloseTo(0.6, 1);
    expect(share('update')).toBeCloseTo(0.2, 1);
    const errors = lines.filter(({ isError }) => isError);
    expect(errors.length / lines.length).toBeCloseTo(0.2, 1);
    for (const { text, isError, operation } of lines) {
      const [, , , , method, , status] = LINE.exec(text) ?? [];
      expect(Number(status) >= 400).toBe(isError);
      expect(method).toBe({ create: 'POST', read: 'GET', update: 'PUT', delete: 'DELETE' }[operation]);
    }
  });

  it('leave out what has no weight', () => {
    const mix = { create: 0, read: 0, update: 1, delete: 0 };
    expect(new Set(linesOf({ mix }).map(({ operation }) => operation))).toEqual(new Set(['update']));
  });

  it.each([
    [1, 1],
    [3, 700],
    [1000, 65_536],
  ])('come from %d users and %d addresses', (users, addresses) => {
    const matches = linesOf({ users, addresses }).map(({ text }) => LINE.exec(text));
    expect(new Set(matches.map((match) => match?.[2])).size).toBeLessThanOrEqual(users);
    const seen = new Set(matches.map((match) => match?.[1]));
    expect(seen.size).toBeLessThanOrEqual(addresses);
    expect(seen.size).toBeGreaterThan(Math.min(addresses, 20_000) / 2);
    for (const address of seen) {
      expect(address?.split('.').every((part) => Number(part) <= 255)).toBe(true);
      expect(address).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113|10\.0\.\d+)\.\d+$/);
    }
  });
});
