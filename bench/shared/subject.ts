import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Linux counts the CPU time of processes in ticks of 1/100 s, on every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;
const START_TIMEOUT_MILLIS = 20_000;

/** A program under test, in a process of its own. */
export class Subject {
  readonly name: string;
  readonly port: number;
  readonly #child: ChildProcess;
  #stderr = '';

  constructor(
    name: string,
    port: number,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.name = name;
    this.port = port;
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-2000);
    });
  }

  /** Resolves when the port takes connections and, if there is one, the page answers 200. */
  async ready(page?: string): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MILLIS;
    const answers = (): Promise<boolean> =>
      page === undefined
        ? Promise.resolve(true)
        : fetch(page).then(
            ({ ok }) => ok,
            () => false,
          );
    while (!((await takesConnections(this.port)) && (await answers()))) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`${this.name} did not start: ${this.#stderr.trim()}`);
      }
      await sleep(50);
    }
  }

  /** User and system time of the whole process so far, in seconds. See proc(5), /proc/pid/stat. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#child.pid ?? 0}/stat`, 'utf8');
    // The second field, the command, may hold spaces; count from behind its bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** Forgets the highest memory so far. See proc(5), /proc/pid/clear_refs. */
  resetPeakMemory(): void {
    writeFileSync(`/proc/${this.#child.pid ?? 0}/clear_refs`, '5');
  }

  /** The most resident memory since then, in MiB. */
  peakMemoryMebibytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid ?? 0}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await exited;
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (takes: boolean): void => {
      socket.destroy();
      resolve(takes);
    };
    socket.once('connect', () => {
      settle(true);
    });
    socket.once('error', () => {
      settle(false);
    });
  });
}
