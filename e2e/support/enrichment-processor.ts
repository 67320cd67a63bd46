import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '@trace/telemetry/testing';
import { enrichmentProcessor } from '../../launcher/src/programs/apps.ts';
import { root } from './paths.ts';
import { terminate } from './terminate.ts';

type Section = Readonly<Record<string, unknown>>;

export interface ProcessorSettings {
  /** host:port of the OTLP/gRPC server behind it. */
  readonly downstream: string;
  /** Default: 1. */
  readonly workers?: number;
  /** Over the defaults of the receive section; the port stays the same through restarts. */
  readonly receive?: Section;
  /** Beside its attributes and catalogue. */
  readonly enrich?: Section;
}

const ATTRIBUTES = { 'deployment.environment.name': 'e2e', 'k8s.cluster.name': 'e2e' };
const READY_MILLIS = 90_000;

/** The enrichment processor alone, in a process of its own, on free ports and with a configuration of its own. */
export class EnrichmentProcessor {
  /** What it adds to every resource. */
  static readonly attributes: Readonly<Record<string, string>> = ATTRIBUTES;

  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-e2e-processor-'));
  #child: ChildProcess | undefined;
  /** The same through restarts. */
  #port = 0;
  #ready: { readonly otlpPort: number; readonly httpPort: number } | undefined;
  #output = '';

  constructor(private readonly settings: ProcessorSettings) {
    writeFileSync(join(this.#folder, 'catalogue.yaml'), 'services: {}\n');
  }

  get port(): number {
    if (this.#ready === undefined) throw new Error('the enrichment processor was not started');
    return this.#ready.otlpPort;
  }

  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const file = join(this.#folder, 'enrichment-processor.yaml');
    const config = {
      workers: this.settings.workers ?? 1,
      http: { port: 0 },
      receive: { port: this.#port, retryAfter: '200ms', ...this.settings.receive },
      enrich: { attributes: ATTRIBUTES, catalogue: 'catalogue.yaml', ...this.settings.enrich },
      forward: { endpoint: this.settings.downstream, maxReconnect: '200ms' },
    };
    writeFileSync(file, JSON.stringify(config)); // which is YAML
    // As the launcher starts it.
    const { args } = enrichmentProcessor.command({ root, home: this.#folder, executable: process.execPath });
    const child = spawn(process.execPath, args, {
      env: { ...process.env, TRACE_ENRICHMENT_CONFIG: file },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#ready = await new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        reject(new Error(`the enrichment processor ${why}: ${this.#output.slice(-1000)}`));
      };
      const timer = setTimeout(fail, READY_MILLIS, 'is not ready in time');
      child.once('close', (code) => {
        fail(`ended with ${code}`);
      });
      createInterface(child.stdout).on('line', (line) => {
        this.#output += `${line}\n`;
        const entry = JSON.parse(line) as { msg: string; otlpPort: number; httpPort: number };
        if (entry.msg !== 'ready') return;
        clearTimeout(timer);
        resolve(entry);
      });
    });
  }

  /** Of its workers, in a fixed order. */
  workerPids(): number[] {
    const pid = String(this.#child?.pid);
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  }

  /** SIGTERM: it tells its clients to go elsewhere, answers what it has, and ends. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await terminate(child);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** What its /readyz says of each thing it needs. */
  async checks(): Promise<Readonly<Record<string, string>>> {
    const answer = await fetch(`http://127.0.0.1:${this.#ready?.httpPort}/readyz`);
    return ((await answer.json()) as { checks: Record<string, string> }).checks;
  }

  /** The sum of the samples of one metric whose labels hold all of these. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#ready?.httpPort}/metrics`)).text();
    const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
