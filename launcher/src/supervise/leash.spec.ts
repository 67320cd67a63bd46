import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { identify, isAlive } from '../state/process-identity.ts';
import { readState, writeState } from '../state/state-file.ts';
import { eventually } from '../testing/eventually.ts';

const home = mkdtempSync(join(tmpdir(), 'trace-leash-'));
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(home, { recursive: true });
});

function run(file: string, ...args: string[]): ChildProcess {
  const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  children.push(child);
  return child;
}

// The kernel closes a dying process's files some moments before others see that it has ended (exit_files before
// exit_notify), so the pipe's end comes first.
test('stops the programs when the launcher is dead, also if its pipe closed some time before', async () => {
  const launcher = run('sleep', '300');
  const program = run('sleep', '300');
  const self = identify(launcher.pid!)!;
  const identity = identify(program.pid!)!;
  writeState(home, {
    launcher: self,
    programs: [
      {
        name: 'users',
        process: identity,
        state: 'ready',
        since: new Date().toISOString(),
        address: null,
        detail: '',
      },
    ],
  });
  const script = join(import.meta.dirname, '../leash.ts');
  const leash = run(process.execPath, script, home, String(self.pid), self.started);
  const leashEnded = once(leash, 'exit');

  leash.stdin!.end();
  await sleep(1_000);
  expect(isAlive(identity)).toBe(true);
  launcher.kill('SIGKILL');
  await eventually(() => !isAlive(identity), 'the end of the program');
  await leashEnded;
  expect(readState(home)).toBeUndefined();
});
