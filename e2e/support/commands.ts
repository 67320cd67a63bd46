import { spawn, spawnSync } from 'node:child_process';
import { sleep } from './wait.ts';

/** Those of the programs that are not on this machine. */
export function notInstalled(programs: readonly string[]): string[] {
  return programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  /** Its standard input ends when this settles; at once if there is none. */
  readonly inputUntil?: Promise<unknown>;
}

const INSTALL_MILLIS = 300_000;
const INSTALL_TRIES = 3;
const INSTALL_PAUSE_MILLIS = 10_000;

/** Of its output: a client may log a stack trace for each batch that it gives up. */
const KEPT_CHARACTERS = 200_000;

/** Runs a program to its end; its output is in the error if that is not a good one. */
export async function run(
  file: string,
  args: readonly string[],
  { env = {}, timeoutMillis, inputUntil = Promise.resolve() }: RunOptions,
): Promise<string> {
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMillis,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => undefined); // it has ended and reads no more
  void inputUntil
    .catch(() => undefined)
    .then(() => {
      child.stdin.end();
    });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT_CHARACTERS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${file} ended with ${code ?? 'a signal'}: ${output.slice(-4000)}`);
  return output;
}

/** Runs a step of an installation; a registry that does not answer is asked again. */
export async function install(file: string, args: readonly string[]): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run(file, args, { timeoutMillis: INSTALL_MILLIS });
    } catch (error) {
      if (tries === INSTALL_TRIES) throw error;
      console.warn(`${String(error).slice(0, 500)}\nTrying again.`);
      await sleep(INSTALL_PAUSE_MILLIS);
    }
  }
}
