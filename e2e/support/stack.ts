import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, stopOrder } from '../../launcher/src/programs/index.ts';
import type { ProgramName } from '../../launcher/src/programs/program.ts';
import { RunningProgram, type Changes } from './running-program.ts';

export interface StackOptions {
  readonly programs: readonly ProgramName[];
  readonly changes?: Partial<Record<ProgramName, Changes>>;
}

export const backends = ['tempo', 'loki', 'prometheus'] as const;
export const dataPath = ['enrichment-processor', 'otelcol', 'alert-engine'] as const;
const askingServices = ['payments', 'orders', 'gateway'] as const;
export const sampleServices = ['nats', 'users', ...askingServices] as const;

/** A set of the platform's programs on their real ports, with a home of their own that goes when they go. */
export class Stack {
  readonly home = mkdtempSync(join(tmpdir(), 'trace-e2e-'));
  readonly #running: Map<ProgramName, RunningProgram>;

  private constructor(options: StackOptions) {
    this.#running = new Map(
      programs
        .filter(({ name }) => options.programs.includes(name))
        .map((program) => [
          program.name,
          new RunningProgram(program, this.home, options.changes?.[program.name]),
        ]),
    );
  }

  static async start(options: StackOptions): Promise<Stack> {
    const stack = new Stack(options);
    try {
      await Promise.all([...stack.#running.values()].map((program) => program.start()));
      if (sampleServices.every((name) => stack.#running.has(name))) {
        await Promise.all(askingServices.map((name) => stack.program(name).healthy()));
      }
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  program(name: ProgramName): RunningProgram {
    const program = this.#running.get(name);
    if (program === undefined) throw new Error(`${name} is not part of this stack`);
    return program;
  }

  async stop(): Promise<void> {
    for (const group of stopOrder) {
      await Promise.all(group.map(async (name) => this.#running.get(name)?.close()));
    }
    if (process.env.TRACE_E2E_KEEP === undefined) rmSync(this.home, { recursive: true, force: true });
  }
}
