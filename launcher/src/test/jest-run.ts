import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { LauncherError } from '../errors.ts';
import { readJestResults } from './jest-results.ts';
import { bufferedCommand, streamedCommand, type StageContext, type StageResult } from './stage.ts';

/**
 * Runs `jest "$@"` in a network namespace, which has a loopback of its own with all ports free (network_namespaces(7)),
 * with what the rest of the machine leaves over. Linux weighs sessions before it weighs processes (sched(7),
 * autogroup), and `nice` alone counts within a session only.
 */
const inOwnNetwork =
  'exec unshare --net sh -c \'ip link set lo up; echo 10 2>/dev/null >/proc/self/autogroup; exec nice -n 10 jest "$@"\' jest "$@"';

/** Of some that run at once only one can show its output as it comes. */
export type JestMode = 'streamed' | 'at the end' | 'in its own network';

/** Linux, with the right to make a network namespace and the programs for it. */
export function canHaveOwnNetwork(): boolean {
  return spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

/** Runs jest to its end, and reads what came of it. Throws a LauncherError when it had no results. */
export async function jest(
  context: StageContext,
  cwd: string,
  home: string,
  name: string,
  args: readonly string[],
  mode: JestMode = 'streamed',
): Promise<StageResult> {
  const resultFile = join(home, 'test', `${name}.json`);
  mkdirSync(dirname(resultFile), { recursive: true });
  rmSync(resultFile, { force: true });
  const jestArgs = ['--json', `--outputFile=${resultFile}`, ...args];
  const run: Record<JestMode, () => Promise<number>> = {
    streamed: () => streamedCommand('jest', jestArgs, cwd, context),
    'at the end': () => bufferedCommand('jest', jestArgs, cwd, context),
    'in its own network': () =>
      bufferedCommand('sh', ['-c', inOwnNetwork, 'jest', ...jestArgs], cwd, context),
  };
  const exitCode = await run[mode]();
  const counts = existsSync(resultFile) ? readJestResults(resultFile) : undefined;
  if (counts === undefined)
    throw new LauncherError('build', `jest ended with exit code ${exitCode} before it had results`);
  return { green: exitCode === 0, counts };
}
