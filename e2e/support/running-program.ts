import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../../launcher/src/programs/program.ts';
import { root } from './paths.ts';
import { eventually, NeverWill, sleep } from './wait.ts';

/** Longer than a closed connection keeps its port. */
const PORT_MILLIS = 90_000;

/** How a case changes a program's command: arguments at the end, variables over its own. */
export interface Changes {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** One real program of the platform, run exactly as the launcher's table says, without the launcher. */
export class RunningProgram {
  #child: ChildProcess | undefined;
  #isOver = false;
  /** Until what it has written so far is in its file, once it has ended. */
  #logged: Promise<unknown> = Promise.resolve();

  constructor(
    readonly program: Program,
    private readonly home: string,
    private readonly changes: Changes = {},
  ) {}

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.program.name} does not run`);
    return pid;
  }

  get logFile(): string {
    return join(this.home, 'logs', `${this.program.name}.log`);
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  spawn(): void {
    if (this.#isOver) throw new NeverWill(`the stack of ${this.program.name} was stopped`);
    const { file, args, env } = this.program.command({
      root,
      home: this.home,
      executable: executableOf(this.program),
    });
    mkdirSync(join(this.home, 'logs'), { recursive: true });
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const child = spawn(file, [...args, ...(this.changes.args ?? [])], {
      cwd: root,
      env: { ...process.env, ...env, ...this.changes.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.on('close', () => log.end());
    this.#logged = once(log, 'close');
    this.#child = child;
  }

  async ready(timeoutMillis = 180_000): Promise<void> {
    const { readyUrl, name } = this.program;
    if (readyUrl === undefined) return;
    await eventually(
      `${name} is ready (log: ${this.logFile})`,
      async () => {
        if (this.#child?.exitCode !== null) throw new NeverWill(`${name} ended: ${this.log().slice(-500)}`);
        return (await fetch(readyUrl, { signal: AbortSignal.timeout(10_000) })).ok || undefined;
      },
      { timeoutMillis, intervalMillis: 100 },
    );
  }

  /** Resolves when a sample service has what it depends on; it is ready before that. */
  async healthy(timeoutMillis = 180_000): Promise<void> {
    const { name, address } = this.program;
    await eventually(
      `${name} has what it depends on (log: ${this.logFile})`,
      async () => (await fetch(`${address ?? ''}/health`)).ok || undefined,
      { timeoutMillis, intervalMillis: 100 },
    );
  }

  async start(): Promise<void> {
    const deadline = Date.now() + PORT_MILLIS;
    for (;;) {
      const before = statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0;
      this.spawn();
      try {
        await this.ready();
        return;
      } catch (error) {
        // A client somewhere on the machine may have been given one of the ports; it is waited for.
        if (this.#child !== undefined && this.#child.exitCode !== null) await this.#logged;
        const said = readFileSync(this.logFile).subarray(before).toString('utf8');
        if (!/EADDRINUSE|address already in use|is taken by another/.test(said) || Date.now() > deadline)
          throw error;
        await sleep(1000);
      }
    }
  }

  /** Nothing starts it again: a case that went on after its time was over must not hold the ports of the next. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.stop();
  }

  /** SIGTERM and wait for the end, as a person or a supervisor stops it; SIGKILL when that takes too long. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** SIGKILL: no warning, nothing flushed. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    // A program that is only slow to end is not killed: that would be another test. One that has a reason to be slow
    // is, as in the platform: it has done its work by then, and to wait for it would take longer than the tests.
    const { stopDeadlineMillis, slowStopNote } = this.program;
    const patience = slowStopNote === undefined ? 6 : 1;
    const timer = setTimeout(() => child.kill('SIGKILL'), patience * stopDeadlineMillis);
    await exit;
    clearTimeout(timer);
  }
}

/** The launcher hands over what it found or built: TRACE_BIN_OTELCOL and its like. */
export function executableOf(program: Program): string {
  if (program.tool === undefined) return process.execPath;
  const variable = `TRACE_BIN_${program.tool.toUpperCase().replaceAll('-', '_')}`;
  const file = process.env[variable];
  if (file === undefined) throw new Error(`${variable} is not set; run the e2e tests by "npm test -- e2e"`);
  return file;
}
