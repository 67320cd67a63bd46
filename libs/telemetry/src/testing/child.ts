import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const DEADLINE_MILLIS = 180_000;

/** A program under test: its lines, its port, its end. */
export class Child {
  readonly lines: string[] = [];
  readonly errors: string[] = [];

  private constructor(private readonly process: ChildProcess) {
    if (process.stdout !== null) createInterface(process.stdout).on('line', (l) => this.lines.push(l));
    if (process.stderr !== null) createInterface(process.stderr).on('line', (l) => this.errors.push(l));
  }

  /** Runs `node ...args` with nothing of this process's OTEL_* variables, only those of `env`. */
  static start(args: readonly string[], env: Readonly<Record<string, string>>): Child {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL|TRACE)_/.test(name));
    return new Child(
      spawn(process.execPath, args, {
        env: { ...Object.fromEntries(inherited), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  /** The first JSON line on stdout whose `msg` is this. */
  async line(msg: string): Promise<Record<string, unknown>> {
    return eventually(`line "${msg}" of\n${[...this.lines, ...this.errors].join('\n')}`, () =>
      this.lines.map(parse).find((line) => line.msg === msg),
    );
  }

  /** Sends the signal and returns how the process ended, after how many milliseconds; all its lines are there then. */
  async stop(
    signal: NodeJS.Signals = 'SIGTERM',
  ): Promise<{ code: number | null; signal: string | null; millis: number }> {
    const startedAt = Date.now();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const close = once(this.process, 'close');
      this.process.kill(signal);
      await close;
    }
    return { code: this.process.exitCode, signal: this.process.signalCode, millis: Date.now() - startedAt };
  }
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Waits for something another process does; `what` is the message when it does not come. */
export async function eventually<T>(what: string, probe: () => T | undefined): Promise<T> {
  const deadline = Date.now() + DEADLINE_MILLIS;
  for (;;) {
    const found = probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`did not come: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
