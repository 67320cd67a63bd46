import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { ProgramName } from '../programs/program.ts';
import type { ProgramState } from '../supervise/runner.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';

export interface ProgramRecord {
  readonly name: ProgramName;
  readonly process: ProcessIdentity | null;
  readonly state: ProgramState;
  /** ISO 8601. */
  readonly since: string;
  readonly address: string | null;
  readonly detail: string;
}

/** What the running launcher tells the other terminals. */
export interface LauncherState {
  readonly launcher: ProcessIdentity;
  readonly programs: readonly ProgramRecord[];
}

export const statePath = (home: string): string => join(home, 'run/state.json');
export const launcherLockPath = (home: string): string => join(home, 'run/launcher.lock');

/** Replaces the file in one step, so that a reader sees the old state or the new one. */
export function writeState(home: string, state: LauncherState): void {
  const file = statePath(home);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(draft, file);
}

export function removeState(home: string): void {
  rmSync(statePath(home), { force: true });
}

/** The last state that was written, whether its launcher lives or not. */
export function readState(home: string): LauncherState | undefined {
  try {
    return JSON.parse(readFileSync(statePath(home), 'utf8')) as LauncherState;
  } catch {
    return undefined;
  }
}

/** Programs that outlived their launcher, which was killed: still running, and nobody's. */
export function leftovers(
  state: LauncherState | undefined,
): (ProgramRecord & { process: ProcessIdentity })[] {
  if (state === undefined || isAlive(state.launcher)) return [];
  return state.programs.filter(
    (program): program is ProgramRecord & { process: ProcessIdentity } =>
      program.process !== null && isAlive(program.process),
  );
}
