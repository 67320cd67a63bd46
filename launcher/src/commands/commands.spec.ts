import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { programs, programsOn, stopOrder } from '../programs/index.ts';
import { identify } from '../state/process-identity.ts';
import { writeState } from '../state/state-file.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { lastLines } from './logs.ts';
import { traceIdOf } from './look-ups.ts';
import { readStatus, status } from './status.ts';
import { listenForStopSignals } from './stop-signals.ts';

test('every program is stopped in exactly one group', () => {
  expect(stopOrder.flat().sort()).toEqual(programs.map(({ name }) => name).sort());
});

test('the log forwarder runs on its road only', () => {
  const added = programsOn('jetstream').filter((program) => !programsOn('otlp').includes(program));
  expect(added.map(({ name }) => name)).toEqual(['log-forwarder']);
});

test('no two programs share a port', () => {
  const ports = programs.flatMap((program) => program.ports.map(({ number }) => number));
  expect(new Set(ports).size).toBe(ports.length);
});

test('the signals of one Ctrl-C are one; a second Ctrl-C kills', () => {
  const clock = new ManualClock();
  const source = new EventEmitter();
  const { stop, kill } = listenForStopSignals(clock, source);
  source.emit('SIGINT');
  source.emit('SIGINT');
  clock.advance(900);
  source.emit('SIGTERM');
  expect([stop.aborted, kill.aborted]).toEqual([true, false]);
  clock.advance(200);
  source.emit('SIGINT');
  expect(kill.aborted).toBe(true);
});

test.each([
  ['a\nb\nc\n', 2, 'b\nc\n'],
  ['a\nb\nc', 1, 'b\nc'],
  ['a\n', 5, 'a\n'],
  ['', 5, ''],
  ['a\nb\n', 0, ''],
])('the last lines of %j', (text, count, expected) => {
  expect(lastLines(text, count)).toBe(expected);
});

test.each([
  [`trace;desc="00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01"`, 'ab'.repeat(16)],
  [`db;dur=3, trace;desc=00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`, 'ab'.repeat(16)],
  ['db;dur=3', undefined],
  [null, undefined],
])('the trace id of Server-Timing %j', (header, expected) => {
  expect(traceIdOf(header)).toBe(expected);
});

describe('status', () => {
  let home: string;
  const clock = new ManualClock(Date.parse('2026-01-01T00:01:00Z'));
  const self = identify(process.pid)!;
  const dead = { pid: process.pid, started: 'in another life' };
  const record = {
    name: 'users',
    state: 'ready',
    since: '2026-01-01T00:00:00.000Z',
    address: 'http://127.0.0.1:8081',
    detail: '',
  } as const;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'trace-status-'));
  });

  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  test('without a launcher everything is stopped', () => {
    expect(readStatus(home).map(({ name }) => name)).toEqual(programsOn('otlp').map(({ name }) => name));
    expect(status(home, { json: false }, clock)).toContain('Nothing runs');
  });

  test('with one, its programs are shown', () => {
    writeState(home, { launcher: self, programs: [{ ...record, process: self }] });
    const json = JSON.parse(status(home, { json: true }, clock)) as { programs: unknown[] };
    expect(json.programs).toContainEqual({
      name: 'users',
      pid: self.pid,
      state: 'ready',
      since: record.since,
      address: record.address,
    });
    expect(status(home, { json: false }, clock)).toMatch(
      /users +ready +\d+ +1:00 {2}http:\/\/127\.0\.0\.1:8081/,
    );
  });

  test('what a dead launcher wrote is not believed', () => {
    writeState(home, { launcher: dead, programs: [{ ...record, process: dead }] });
    expect(readStatus(home).every(({ state, pid }) => state === 'stopped' && pid === null)).toBe(true);
  });
});
