import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { LauncherConfig } from './config.ts';
import { LauncherError } from './errors.ts';
import { runCommand } from './toolchain/command.ts';

/** Nx without its cloud, its daemon and its terminal UI, and with its data inside the checkout. */
export function nxEnvironment(config: LauncherConfig): NodeJS.ProcessEnv {
  return {
    ...config.environment,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
    NX_CACHE_DIRECTORY: join(config.root, '.nx/cache'),
    NX_WORKSPACE_DATA_DIRECTORY: join(config.root, '.nx/workspace-data'),
  };
}

/** Compiles our own packages; what did not change comes from Nx's cache. Throws a LauncherError. */
export async function buildPackages(config: LauncherConfig, signal: AbortSignal): Promise<void> {
  const log = join(config.home, 'logs/build.log');
  mkdirSync(dirname(log), { recursive: true });
  const lines: string[] = [];
  const { exitCode, reason } = await runCommand('nx', ['run-many', '-t', 'build', '--outputStyle=stream'], {
    cwd: config.root,
    env: nxEnvironment(config),
    signal,
    onLine: (line) => lines.push(line),
  });
  writeFileSync(log, `${lines.join('\n')}\n`);
  if (signal.aborted) throw new LauncherError('aborted', 'stopped');
  if (exitCode !== 0) {
    const compilerError = lines.find((line) => /error TS\d+/.test(line)) ?? reason;
    throw new LauncherError('build', `our own packages do not build: ${compilerError.trim()} (log: ${log})`);
  }
}
