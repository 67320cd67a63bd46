import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { enrichmentProcessor } from '../../../launcher/src/programs/apps.ts';
import { residentMebibytes } from '../../support/memory.ts';
import { root } from '../../support/paths.ts';

/** The real program, on ports of its own. */
export class ProcessorProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-chaos-'));
  readonly #child: ChildProcess;

  constructor(config: Readonly<Record<string, unknown>>) {
    const file = join(this.#folder, 'enrichment-processor.yaml');
    writeFileSync(file, JSON.stringify(config)); // which is YAML
    writeFileSync(join(this.#folder, 'catalogue.yaml'), 'services: {}\n');
    // As the launcher starts it.
    const { args } = enrichmentProcessor.command({ root, home: this.#folder, executable: process.execPath });
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, TRACE_ENRICHMENT_CONFIG: file },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  /** Resolves to its OTLP port. */
  async ready(): Promise<number> {
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('no output to read');
    for await (const line of createInterface(stdout)) {
      const entry = JSON.parse(line) as { msg: string; otlpPort: number };
      if (entry.msg !== 'ready') continue;
      stdout.resume();
      return entry.otlpPort;
    }
    throw new Error('the enrichment processor did not start');
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The most memory that it has ever held. */
  peakMemoryMebibytes(): number {
    return residentMebibytes(this.#child.pid ?? 0).highest;
  }

  async stop(): Promise<void> {
    if (this.running) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGKILL');
      await closed;
    }
    rmSync(this.#folder, { recursive: true });
  }
}
