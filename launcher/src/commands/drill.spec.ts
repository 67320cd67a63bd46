import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readConfig } from '../config.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { drill } from './drill.ts';

describe('npm run drill', () => {
  const never = new AbortController().signal;
  let printed: string[];
  let complained: string[];
  const run = (...words: string[]): Promise<number> =>
    drill(words, {
      config: readConfig(process.cwd(), { TRACE_HOME: join(tmpdir(), 'trace-nowhere') }),
      clock: new ManualClock(),
      signals: { stop: never, kill: never },
    });

  beforeEach(() => {
    [printed, complained] = [[], []];
    jest.spyOn(console, 'log').mockImplementation((line: string) => printed.push(line));
    jest.spyOn(console, 'error').mockImplementation((line: string) => complained.push(line));
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('lists the drills', async () => {
    expect(await run('list')).toBe(0);
    expect(printed.join('')).toMatch(/^name +what it does +seconds +alert +evidence\nslow-database /);
  });

  it.each([[[]], [['run']], [['begin', 'clock-skew']]])('%j: one line with the usage', async (words) => {
    expect(await run(...words)).toBe(2);
    expect(complained).toEqual(['Usage: npm run drill -- list | run <name> | run all.']);
  });

  it('names the nearest drill', async () => {
    expect(await run('run', 'slow-databse')).toBe(2);
    expect(complained).toEqual([
      expect.stringMatching(/^There is no drill "slow-databse"; did you mean "slow-database"\?/),
    ]);
  });

  it('says what to type when the platform does not run, and ends with a table when all were to be run', async () => {
    expect(await run('run', 'clock-skew')).toBe(1);
    expect(printed.join('')).toMatch(/✗ clock-skew failed: The platform does not run .* type npm start/);
    printed.length = 0;
    expect(await run('run', 'all')).toBe(1);
    expect(printed.at(-1)).toMatch(/\n✗ clock-skew failed: .*\n(.*\n)*0 of 9 drills passed$/);
  });
});
