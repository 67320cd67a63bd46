import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { enrichmentProcessor } from '../../../launcher/src/programs/apps.ts';
import { residentMebibytes } from '../../support/memory.ts';
import { root } from '../../support/paths.ts';
import { eventually, NeverWill } from '../../support/wait.ts';

interface LogLine {
  readonly msg: string;
  readonly time: string;
  readonly [field: string]: unknown;
}

/** The enrichment processor as a process of its own, watching a test's cluster. */
export class Processor {
  readonly log: LogLine[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-kube-processor-'));
  readonly #child: ChildProcess;
  #errors = '';

  /** @param kubernetes section enrich.kubernetes @param downstream host:port, where what is enriched goes */
  constructor(kubernetes: object, downstream = '127.0.0.1:1') {
    const file = join(this.#folder, 'enrichment-processor.yaml');
    writeFileSync(join(this.#folder, 'catalogue.yaml'), 'services: {}\n');
    const config = {
      http: { port: 0 },
      receive: { port: 0 },
      enrich: { attributes: {}, catalogue: 'catalogue.yaml', kubernetes: { enabled: true, ...kubernetes } },
      forward: { endpoint: downstream },
    };
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config));
    // As the launcher starts it.
    const { args } = enrichmentProcessor.command({ root, home: this.#folder, executable: process.execPath });
    const child = spawn(process.execPath, args, {
      env: { ...process.env, TRACE_ENRICHMENT_CONFIG: file },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    createInterface(child.stdout).on('line', (line) => this.log.push(JSON.parse(line) as LogLine));
  }

  /** Waits for a line of its log. */
  line(message: string, timeoutMillis = 90_000): Promise<LogLine> {
    return eventually(
      `"${message}" in the processor's log`,
      () => {
        if (this.#child.exitCode !== null) throw new NeverWill(`it ended: ${this.#errors}`);
        return this.log.find(({ msg }) => msg.startsWith(message));
      },
      { timeoutMillis, intervalMillis: 10 },
    );
  }

  async otlpAddress(): Promise<string> {
    const { otlpPort } = await this.line('ready');
    return `127.0.0.1:${String(otlpPort)}`;
  }

  async get(path: string): Promise<unknown> {
    const { httpPort } = await this.line('ready');
    const response = await fetch(`http://127.0.0.1:${String(httpPort)}${path}`);
    return response.json();
  }

  /** What would be added to telemetry from this address. */
  async addedTo(ip: string): Promise<Readonly<Record<string, unknown>>> {
    const { added } = (await this.get(`/debug/lookup?ip=${ip}`)) as { added: Record<string, unknown> };
    return added;
  }

  rssMebibytes(): ReturnType<typeof residentMebibytes> {
    return residentMebibytes(this.#child.pid ?? 0);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGTERM');
      await closed;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
