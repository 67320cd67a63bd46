import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from './paths.ts';

/** None that a test runs takes so long. */
const DEADLINE_MILLIS = 300_000;

export interface CommandEnd {
  readonly code: number | null;
  /** Its lines, of both streams. */
  readonly output: string[];
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Ctrl-C, once this has resolved. */
  readonly interruptAfter?: Promise<unknown>;
}

/** `npm run <command> -- …` without npm. */
export function spawnLauncher(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [join(root, 'launcher/bootstrap.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What it prints until it ends; killed when that takes too long. */
async function commandEnd(child: ChildProcess): Promise<CommandEnd> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MILLIS);
  await once(child, 'close');
  clearTimeout(timer);
  return { code: child.exitCode, output: output.trim().split('\n') };
}

/** One command to its end. */
export async function launcherCommand(
  args: readonly string[],
  { env = {}, interruptAfter }: CommandOptions = {},
): Promise<CommandEnd> {
  const child = spawnLauncher(args, env);
  const end = commandEnd(child);
  try {
    await interruptAfter;
  } finally {
    if (interruptAfter !== undefined) child.kill('SIGINT');
  }
  return await end;
}
