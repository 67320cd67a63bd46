import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Program } from '../programs/program.ts';
import { isAlive, sendSignal } from '../state/process-identity.ts';
import { eventually } from '../testing/eventually.ts';
import { freePort } from '@trace/telemetry/testing';
import { ManualClock } from '../testing/manual-clock.ts';
import { LogFile } from './log-file.ts';
import { ProgramRunner } from './runner.ts';

let directory: string;
let clock: ManualClock;
let said: string[];
let runner: ProgramRunner;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trace-runner-'));
  clock = new ManualClock();
  said = [];
});

afterEach(async () => {
  runner.kill();
  await runner.stop();
  rmSync(directory, { recursive: true });
});

function start(script: string, overrides: Partial<Program> = {}): void {
  const program: Program = {
    name: 'users',
    ports: [],
    needs: [],
    stopDeadlineMillis: 5_000,
    command: ({ executable }) => ({ file: executable, args: ['-e', script], env: {} }),
    ...overrides,
  };
  runner = new ProgramRunner(program, {
    root: directory,
    environment: process.env,
    log: new LogFile(join(directory, 'users.log')),
    clock,
    onChange: () => undefined,
    say: (line) => said.push(line),
  });
  runner.start(program.command({ root: directory, home: directory, executable: process.execPath }));
}

const idle = 'console.log("up"); setInterval(() => {}, 1000)';
function lines(): string {
  const file = join(directory, 'users.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

test('a program without a port is ready when it has run for a second', async () => {
  start(idle);
  await eventually(() => clock.waits.includes(1_000), 'the wait of a second');
  expect(runner.state).toBe('starting');
  clock.advance(1_000);
  await eventually(() => runner.state === 'ready', 'ready');
  expect(isAlive(runner.identity!)).toBe(true);
});

test('a program that dies is restarted after the back-off, and one line says so', async () => {
  start(idle);
  await eventually(() => runner.identity !== undefined, 'started');
  const first = runner.identity!;
  sendSignal(first, 'SIGKILL', 'process');
  await eventually(() => said.length === 1, 'a line');
  expect(said).toEqual([
    `users was killed by SIGKILL; next try in 0.5 s (log: ${join(directory, 'users.log')})`,
  ]);
  expect(runner.state).toBe('failed');
  await eventually(() => clock.waits.at(-1) === 500, 'the back-off');
  clock.advance(500);
  await eventually(() => runner.identity !== undefined && runner.identity.pid !== first.pid, 'restarted');
});

test('the line holds the reason, not the stack', async () => {
  start('throw new Error("the disk is on fire")');
  await eventually(() => said.length === 1, 'a line');
  expect(said[0]).toMatch(/^users ended with exit code 1: Error: the disk is on fire; next try in 0\.5 s/);
});

test('each failure doubles the wait', async () => {
  start('process.exit(1)');
  for (const wait of [500, 1_000, 2_000]) {
    await eventually(() => runner.state === 'failed' && clock.waits.at(-1) === wait, `a wait of ${wait}`);
    clock.advance(wait);
  }
});

test('exit code 78 is final: the configuration is wrong', async () => {
  start('console.error("config/a.yaml: http.port: got x, expected a port"); process.exit(78)');
  await eventually(() => said.length === 1, 'a line');
  expect(said[0]).toBe(
    `users ended with exit code 78: config/a.yaml: http.port: got x, expected a port (log: ${join(directory, 'users.log')})`,
  );
  expect(runner.state).toBe('failed');
  expect(clock.waits).not.toContain(500);
});

test('a port that is taken is named before the program is started, once', async () => {
  const port = await freePort();
  const holder = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  start(idle, { ports: [{ number: port, setting: 'http.port in a.yaml' }] });
  await eventually(() => clock.waits.at(-1) === 500, 'the first wait');
  clock.advance(500);
  await eventually(() => clock.waits.at(-1) === 1_000, 'the second wait');
  expect(said).toEqual([
    `users cannot start: port ${port} on 127.0.0.1 is taken; stop the program that holds it, or change http.port in a.yaml; next try in 0.5 s`,
  ]);
  expect(runner.identity).toBeUndefined();
  await new Promise((resolve) => holder.close(resolve));
  clock.advance(1_000);
  await eventually(() => runner.identity !== undefined, 'started when the port was free');
});

test('a missing file is named', async () => {
  start(idle, { needs: ['dist/main.js'] });
  await eventually(() => said.length === 1, 'a line');
  expect(said[0]).toContain('users cannot start: dist/main.js is missing');
});

test('stop asks first, and the program’s last words are in the log', async () => {
  start(
    'process.on("SIGTERM", () => { console.log("flushed"); process.exit(0); }); console.log("up"); setInterval(() => {}, 1000)',
  );
  await eventually(() => runner.identity !== undefined && lines().includes('up'), 'up');
  const identity = runner.identity!;
  await runner.stop();
  expect(lines()).toBe('up\nflushed\n');
  expect(isAlive(identity)).toBe(false);
  expect(runner.state).toBe('stopped');
  expect(said).toEqual([]);
});

test('a program that does not stop is killed after its deadline', async () => {
  start('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)');
  await eventually(() => runner.identity !== undefined && lines().includes('up'), 'up');
  const identity = runner.identity!;
  const stopped = runner.stop();
  await eventually(() => clock.waits.at(-1) === 5_000, 'the deadline');
  clock.advance(5_000);
  await stopped;
  expect(isAlive(identity)).toBe(false);
  expect(said).toEqual(['users did not stop within 5.0 s and is killed']);
});

test('readiness follows the program’s own answer', async () => {
  const port = await freePort();
  const readyUrl = `http://127.0.0.1:${port}/readyz`;
  start(
    `let status = 503;
    require('http').createServer((request, response) => {
      if (request.method === 'PUT') status = 200;
      response.writeHead(status).end();
    }).listen(${port}, '127.0.0.1');`,
    { readyUrl },
  );
  const ticking = setInterval(() => {
    clock.advance(200);
  }, 5);
  await eventually(() => runner.detail === 'answers, and is not ready yet', 'answers');
  expect(runner.state).toBe('starting');
  await fetch(readyUrl, { method: 'PUT' });
  await eventually(() => runner.state === 'ready', 'ready');
  clearInterval(ticking);
});
