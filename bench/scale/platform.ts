import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, stopOrder } from '../../launcher/src/programs/index.ts';
import type { Program, ProgramName } from '../../launcher/src/programs/program.ts';
import { eventually } from '../../e2e/support/wait.ts';

const ROOT = join(import.meta.dirname, '../..');
const TICKS_PER_SECOND = 100;
const READY_MILLIS = 180_000;

/** Programs of the platform as the launcher starts them, on their real ports, in a folder that goes when they go. */
export class Platform {
  readonly home = mkdtempSync(join(tmpdir(), 'trace-bench-scale-'));
  readonly #running = new Map<ProgramName, ChildProcess>();

  /** @param more arguments at the end of a program's command line */
  async start(names: readonly ProgramName[], more: Partial<Record<ProgramName, string[]>>): Promise<void> {
    mkdirSync(join(this.home, 'logs'));
    const wanted = programs.filter(({ name }) => names.includes(name));
    await Promise.all(wanted.map((program) => this.#start(program, more[program.name] ?? [])));
  }

  async #start(program: Program, more: readonly string[]): Promise<void> {
    const variable = `TRACE_BIN_${(program.tool ?? '').toUpperCase().replaceAll('-', '_')}`;
    const executable = program.tool === undefined ? process.execPath : process.env[variable];
    if (executable === undefined) throw new Error(`${variable} is not set; npm run bench:scale sets it`);
    const { file, args, env } = program.command({ root: ROOT, home: this.home, executable });
    const child = spawn(file, [...args, ...more], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.set(program.name, child);
    const log = createWriteStream(join(this.home, 'logs', `${program.name}.log`));
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    await eventually(
      `${program.name} is ready`,
      async () => {
        if (child.exitCode !== null) throw new Error(`${program.name} has ended`);
        return (await fetch(program.readyUrl ?? '', { signal: AbortSignal.timeout(5000) })).ok || undefined;
      },
      { timeoutMillis: READY_MILLIS },
    );
  }

  /** User and system time so far. */
  cpuSeconds(name: ProgramName): number {
    const stat = readFileSync(`/proc/${this.#running.get(name)?.pid ?? 0}/stat`, 'utf8');
    // The second field, the command, may hold spaces; count from behind its bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  async stop(): Promise<void> {
    for (const child of stopOrder.flat().map((name) => this.#running.get(name))) {
      if (child?.exitCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}
