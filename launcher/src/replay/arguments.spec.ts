import { parseReplay, ReplayArgumentError } from './arguments.ts';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const parse = (...args: string[]): object => parseReplay(args, NOW);

describe('the arguments of a replay', () => {
  it.each([
    ['90s', '2026-01-31T11:58:30.000Z'],
    ['1h', '2026-01-31T11:00:00.000Z'],
    ['1.5h', '2026-01-31T10:30:00.000Z'],
    ['7d', '2026-01-24T12:00:00.000Z'],
    ['250ms', '2026-01-31T11:59:59.750Z'],
    ['2026-01-31T10:00:00Z', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T10:00:00.5+02:00', '2026-01-31T08:00:00.500Z'],
  ])('take --since %s', (text, since) => {
    expect(parse('--since', text)).toEqual({ since, dry_run: false });
    expect(parse(`--since=${text}`)).toEqual({ since, dry_run: false });
  });

  it('take all there is', () => {
    expect(parse('--since', '1h', '--until', '30m', '--service', 'users', '--dry-run')).toEqual({
      since: '2026-01-31T11:00:00.000Z',
      until: '2026-01-31T11:30:00.000Z',
      service: 'users',
      dry_run: true,
    });
  });

  it.each([
    [[], '--since is missing'],
    [['--since'], '--since: got no value'],
    [['--since', 'yesterday'], '--since: got "yesterday"'],
    [['--since', '1 h'], '--since: got "1 h"'],
    [['--since', '10'], '--since: got "10"'],
    [['--since', '2026-01-31'], '--since: got "2026-01-31"'],
    [['--since', '2026-13-31T10:00:00Z'], '--since: got "2026-13-31T10:00:00Z"'],
    [['--since', '99999999999d'], '--since: got "99999999999d"'],
    [['--since', '2026-01-31T12:00:01Z'], '--since: expected a time in the past'],
    [['--since', '1h', '--until', 'soon'], '--until: got "soon"'],
    [['--since', '1h', '--until', '2h'], '--until: expected a time after --since'],
    [['--since', '1h', '--service'], '--service: expected a service.name'],
    [['--since', '1h', '--service='], '--service: expected a service.name'],
    [['--since', '1h', '--dry-run=no'], '--dry-run: expected no value'],
    [['--sinse', '1h'], '--sinse: there is no such flag'],
    [['1h'], '"1h": expected flags only'],
  ])('refuse %j in one line with an example', (args, beginning) => {
    let error: unknown;
    try {
      parse(...args);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ReplayArgumentError);
    const { message } = error as Error;
    expect(message.startsWith(beginning)).toBe(true);
    expect(message).toMatch(/^[^\n]*, e\.g\. npm run logs:replay -- --since [^\n]*$/);
  });
});
