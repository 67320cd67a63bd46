import { spawn, type ChildProcess } from 'node:child_process';

import { meaningfulLine } from '../supervise/meaningful-line.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMillis?: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  /** Null if the command was killed or could not be started. */
  readonly exitCode: number | null;
  /** The last 64 KiB of stdout and stderr, in the order in which they came. */
  readonly output: string;
  /** The line of the output that says most about a failure. */
  readonly reason: string;
}

const maxKeptCharacters = 65_536;

/** Signals a detached child and all that it has started. */
export function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}

/**
 * Runs a command in a process group of its own and waits for its end; never rejects. On abort or timeout the
 * whole group is killed, so that a compiler's children do not outlive it.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMillis, signal, onLine }: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let partial = '';
    const take = (chunk: string): void => {
      output = (output + chunk).slice(-maxKeptCharacters);
      const lines = (partial + chunk).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);

    const kill = (): void => {
      signalGroup(child, 'SIGKILL');
    };
    const timer = timeoutMillis === undefined ? undefined : setTimeout(kill, timeoutMillis);
    signal?.addEventListener('abort', kill, { once: true });
    if (signal?.aborted === true) kill();

    const finish = (exitCode: number | null, fallback: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      resolve({ exitCode, output, reason: meaningfulLine(output.split('\n')) ?? fallback });
    };
    child.on('error', (error) => {
      finish(null, error.message);
    });
    child.on('close', (code, killedBy) => {
      finish(code, killedBy === null ? `exit code ${code ?? '?'}` : `killed by ${killedBy}`);
    });
  });
}
