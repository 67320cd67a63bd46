import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isHolder, lockHolder, tryLock, type Lock } from './lock.ts';
import { identify, isAlive } from './process-identity.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trace-lock-'));
  file = join(directory, 'run/a.lock');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function take(): Lock {
  const outcome = tryLock(file);
  if (isHolder(outcome)) throw new Error('the lock is held');
  return outcome;
}

test('is held by one, names its holder, and leaves nothing behind', () => {
  const lock = take();
  expect(tryLock(file)).toEqual(identify(process.pid));
  expect(lockHolder(file)).toEqual(identify(process.pid));
  lock.release();
  expect(lockHolder(file)).toBeUndefined();
  expect(readdirSync(join(directory, 'run'))).toEqual([]);
  take().release();
});

test('of a dead process is taken over', async () => {
  const child = spawn('sleep', ['60']);
  const lock = tryLock(file, child.pid);
  expect(isHolder(lock)).toBe(false);
  expect(isHolder(tryLock(file))).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  take();
  expect(readdirSync(join(directory, 'run'))).toEqual(['a.lock']);
});

test('of a process whose pid was given to another is taken over', () => {
  take();
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'in another life' }));
  expect(lockHolder(file)).toBeUndefined();
  take();
});

test('that is garbage is taken over', () => {
  take();
  writeFileSync(file, '{"pid":');
  take().release();
  expect(existsSync(file)).toBe(false);
});

test('released after somebody took it over stays theirs', () => {
  const lock = take();
  const other = { pid: 1, started: 'now' };
  writeFileSync(file, JSON.stringify(other));
  lock.release();
  expect(existsSync(file)).toBe(true);
});

test('a process that ended is not alive, nor is one that started at another time', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identify(child.pid!)!;
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, started: 'earlier' })).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
});
