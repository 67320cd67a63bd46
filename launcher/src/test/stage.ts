import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { LauncherError } from '../errors.ts';
import { runCommand, signalGroup } from '../toolchain/command.ts';
import type { TestCounts } from './jest-results.ts';

export interface StageContext {
  readonly root: string;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
}

/** One step of `npm test`. */
export interface Stage {
  readonly name: string;
  /** What to do when it is red. */
  readonly remedy: string;
  /** True if it prints to the terminal by itself while it runs. */
  readonly streams: boolean;
  /** Throws when red; may return a note for the line that says that it is green, or what was counted. */
  run(): Promise<StageResult>;
}

export interface StageResult {
  /** What came of it, in a few words. */
  readonly note?: string;
  /** What a quiet command printed before it failed. */
  readonly output?: string;
  readonly counts?: TestCounts;
  readonly green: boolean;
}

/** A command whose output matters only if it fails. */
export async function quietCommand(
  command: string,
  args: readonly string[],
  context: StageContext,
): Promise<StageResult> {
  const { root, environment, signal } = context;
  const { exitCode, output } = await runCommand(command, args, { cwd: root, env: environment, signal });
  if (exitCode === 0) return { green: true };
  return { green: false, output: output.trimEnd() };
}

/** A command whose output is shown as it comes; returns its exit code. */
export async function streamedCommand(
  command: string,
  args: readonly string[],
  cwd: string,
  { environment, signal }: StageContext,
): Promise<number> {
  // A group of its own, so that a signal reaches the programs that the tests have started as well.
  const child = spawn(command, args, {
    cwd,
    env: environment,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const forward = (): void => {
    signalGroup(child, 'SIGTERM');
  };
  signal.addEventListener('abort', forward, { once: true });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    if (signal.aborted) throw new LauncherError('aborted', 'stopped');
    return code ?? 1;
  } finally {
    signal.removeEventListener('abort', forward);
  }
}

/** A command whose output is shown when it has ended; returns its exit code. */
export async function bufferedCommand(
  command: string,
  args: readonly string[],
  cwd: string,
  { environment, signal }: StageContext,
): Promise<number> {
  const { exitCode, output } = await runCommand(command, args, { cwd, env: environment, signal });
  process.stdout.write(output);
  if (signal.aborted) throw new LauncherError('aborted', 'stopped');
  return exitCode ?? 1;
}
