import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@trace/telemetry/testing';
import { listens } from './listens.ts';
import { eventually, NeverWill } from './wait.ts';

const READY_MILLIS = 300_000;

/** How a server is run that listens on `port`. */
export interface ServerCommand {
  readonly executable: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it keeps everything. */
  readonly data: string;
  /** Whom it runs as, if not as this process. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A real server with a folder of its own, which outlives its ends. */
export class ServerProcess {
  #child: ChildProcess | undefined;
  #output = '';
  #frozen: readonly number[] = [];

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly command: ServerCommand,
  ) {}

  static async prepare(commandOf: (folder: string, port: number) => ServerCommand): Promise<ServerProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'trace-e2e-store-'));
    const port = await freePort();
    return new ServerProcess(port, folder, commandOf(folder, port));
  }

  async start(): Promise<void> {
    const { executable, args, env, user } = this.command;
    const child = spawn(executable, args, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-4000)));
    }
    await eventually(
      `${executable} listens`,
      () => {
        if (child.exitCode !== null) throw new NeverWill(`${executable} has ended: ${this.#output}`);
        return listens(this.port);
      },
      { timeoutMillis: READY_MILLIS, intervalMillis: 50 },
    );
  }

  /** SIGINT stops both servers in order, and at once: nobody is waited for. */
  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    // Those of its clients would still say that they end.
    if (signal === 'SIGKILL') for (const pid of this.#pids()) signalled(pid, 'SIGKILL');
    else child.kill(signal);
    this.#child = undefined;
    await exit;
  }

  /** Everything that it has kept is lost. */
  reset(): void {
    rmSync(this.command.data, { recursive: true });
  }

  /** It takes connections and requests, and answers nothing. */
  freeze(): void {
    this.#frozen = this.#pids();
    for (const pid of this.#frozen) signalled(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#frozen) signalled(pid, 'SIGCONT');
    this.#frozen = [];
  }

  async close(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** The server, and the processes that it has made for its clients. */
  #pids(): number[] {
    const pid = this.#child?.pid;
    if (pid === undefined) return [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return [
      pid,
      ...children
        .split(' ')
        .filter((child) => child !== '')
        .map(Number),
    ];
  }
}

/** One that a client's end had ended already may be gone by now. */
/** Whether it is still there or not. */
function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
