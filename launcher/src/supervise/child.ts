import { spawn, type ChildProcess } from 'node:child_process';

import type { Command } from '../programs/program.ts';
import { identify, type ProcessIdentity } from '../state/process-identity.ts';
import type { LogFile } from './log-file.ts';
import { meaningfulLine } from './meaningful-line.ts';

export interface Ending {
  readonly exitCode: number | null;
  /** How it ended and, where its output tells, why: the rest of a sentence that begins with its name. */
  readonly text: string;
  /** True if its configuration is wrong, so that another try would end the same way. */
  readonly wrongConfiguration: boolean;
}

export interface RunningChild {
  /** Undefined if it could not be started or is already gone. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves when the process is gone and its output is in the log; never rejects. */
  readonly ended: Promise<Ending>;
}

/** sysexits(3) EX_CONFIG. */
const configurationExitCode = 78;
/** How long a grandchild that keeps the pipes open may delay the end. */
const drainMillis = 500;

/** Starts a program with its output going to a log. */
export function startChild(
  command: Command,
  cwd: string,
  env: NodeJS.ProcessEnv,
  log: LogFile,
  explainConfiguration: (output: string) => string | undefined = () => undefined,
): RunningChild {
  log.startRun();
  const child = spawn(command.file, command.args, {
    cwd,
    env: { ...env, ...command.env },
    // A session of its own: the terminal's Ctrl-C reaches the launcher only, which stops things in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const write = (chunk: Buffer): void => {
    log.write(chunk);
  };
  child.stdout.on('data', write);
  child.stderr.on('data', write);
  const closed = new Promise<void>((resolve) => child.once('close', resolve));
  const ended = exitOf(child).then(async ({ exitCode, text, killed }) => {
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, drainMillis).unref())]);
    // A program that was killed from outside did not end for anything that it wrote.
    if (killed || exitCode === 0) return { exitCode, text, wrongConfiguration: false };
    const lines = log.recentLines();
    const problem = explainConfiguration(lines.join('\n'));
    if (problem !== undefined)
      return { exitCode, text: `does not start: ${problem}`, wrongConfiguration: true };
    const reason = meaningfulLine(lines);
    return {
      exitCode,
      text: reason === undefined ? text : `${text}: ${reason}`,
      wrongConfiguration: exitCode === configurationExitCode,
    };
  });
  return { identity: child.pid === undefined ? undefined : identify(child.pid), ended };
}

function exitOf(child: ChildProcess): Promise<Omit<Ending, 'wrongConfiguration'> & { killed: boolean }> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve({ exitCode: null, text: `cannot start: ${error.message}`, killed: true });
    });
    child.once('exit', (exitCode, signal) => {
      if (signal === null)
        resolve({ exitCode, text: `ended with exit code ${exitCode ?? '?'}`, killed: false });
      else resolve({ exitCode, text: `was killed by ${signal}`, killed: true });
    });
  });
}
