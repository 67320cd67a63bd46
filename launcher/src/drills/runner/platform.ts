import { readFileSync } from 'node:fs';

import { readStatus } from '../../commands/status.ts';
import { LauncherError } from '../../errors.ts';
import type { ProgramName } from '../../programs/program.ts';
import { isAlive, type ProcessIdentity } from '../../state/process-identity.ts';
import { readState } from '../../state/state-file.ts';

/** Throws a LauncherError that says what to type if the platform does not run, or not all that is needed of it. */
export function requireReady(home: string, needs: readonly ProgramName[]): void {
  const statuses = readStatus(home);
  if (statuses.every(({ state }) => state === 'stopped')) {
    throw new LauncherError(
      'platform',
      `The platform does not run (${home}): type npm start, and the drill in a second terminal.`,
    );
  }
  const missing = statuses.filter(({ name, state }) => needs.some((it) => it === name) && state !== 'ready');
  if (missing.length === 0) return;
  const states = missing.map(({ name, state }) => `${name} (${state})`).join(', ');
  throw new LauncherError('platform', `The drill needs ${states} to be ready: npm run status shows why not.`);
}

/** The process of a program, if it runs. */
export function processOf(home: string, program: ProgramName): ProcessIdentity | undefined {
  const identity = readState(home)?.programs.find(({ name }) => name === program)?.process ?? undefined;
  return identity !== undefined && isAlive(identity) ? identity : undefined;
}

/**
 * A variable as a running program was given it: on Linux by proc_pid_environ(5), elsewhere that of this command,
 * which may be another. An empty one counts as not set.
 */
export function variableOf(
  home: string,
  program: ProgramName,
  variable: string,
  own: Readonly<NodeJS.ProcessEnv>,
): string | undefined {
  const pid = processOf(home, program)?.pid;
  const environment = process.platform === 'linux' && pid !== undefined ? environmentOf(pid) : own;
  return environment[variable] || undefined;
}

function environmentOf(pid: number): Readonly<NodeJS.ProcessEnv> {
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}
