import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { LogFile } from './log-file.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trace-log-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('appends across launches', () => {
  const path = join(directory, 'logs/a.log');
  for (const text of ['one\n', 'two\n']) {
    const log = new LogFile(path);
    log.write(Buffer.from(text));
    log.close();
  }
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
});

test('keeps at most two files of the given size, also over a restart', () => {
  const path = join(directory, 'a.log');
  for (let launch = 0; launch < 5; launch++) {
    const log = new LogFile(path, 100);
    for (let line = 0; line < 20; line++) log.write(Buffer.from(`${launch} ${line} ----------\n`));
    log.close();
  }
  expect(statSync(path).size).toBeLessThanOrEqual(100);
  expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(100);
  expect(readFileSync(path, 'utf8')).toContain('4 19');
});

test('remembers the last lines of the current run, however they were cut', () => {
  const log = new LogFile(join(directory, 'a.log'));
  log.write(Buffer.from('old\n'));
  log.startRun();
  log.write(Buffer.from('fir'));
  log.write(Buffer.from('st\nsecond'));
  expect(log.recentLines()).toEqual(['first', 'second']);
  log.write(Buffer.from('x\n'.repeat(1000)));
  expect(log.recentLines().length).toBeLessThanOrEqual(40);
  log.close();
});

test('a log that cannot be written is counted and harms nobody', () => {
  writeFileSync(join(directory, 'file'), '');
  const log = new LogFile(join(directory, 'file/a.log'));
  log.write(Buffer.from('lost\n'));
  expect(log.unwrittenBytes).toBe(5);
  expect(log.recentLines()).toEqual(['lost']);
});
