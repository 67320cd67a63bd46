import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const DEADLINE_MILLIS = 50_000;

type Section = Readonly<Record<string, unknown>>;

/** What differs from the test's own configuration, section by section. */
export interface TestConfig {
  readonly workers?: number;
  readonly http?: Section;
  readonly receive?: Section;
  readonly enrich?: Section;
  readonly forward?: Section;
  readonly reload?: Section;
  readonly shutdown?: Section;
  readonly catalogue?: unknown;
}

const CATALOGUE = {
  services: {
    users: { owner: 'team-accounts', criticality: 'high', runbook: 'https://runbooks.example.com/users' },
  },
};

/** JSON is YAML, so no second writer is needed. */
function configText(sections: TestConfig): string {
  return JSON.stringify({
    workers: sections.workers,
    http: { port: 0, ...sections.http },
    receive: { port: 0, ...sections.receive },
    enrich: {
      attributes: { 'deployment.environment.name': 'test' },
      catalogue: 'catalogue.yaml',
      ...sections.enrich,
    },
    forward: { endpoint: '127.0.0.1:1', maxReconnect: '100ms', ...sections.forward },
    reload: { ...sections.reload },
    shutdown: { ...sections.shutdown },
  });
}

/** The real program, as built, in a process of its own with a configuration of its own. */
export class Processor {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly exited: Promise<number | null>;
  /** Standard error, complete once it has exited. */
  stderr = '';
  readonly logLines: Record<string, unknown>[] = [];
  #ready: Promise<void>;

  constructor(config: TestConfig) {
    this.#folder = mkdtempSync(join(tmpdir(), 'trace-enrichment-'));
    const file = join(this.#folder, 'enrichment-processor.yaml');
    writeFileSync(file, configText(config));
    writeFileSync(join(this.#folder, 'catalogue.yaml'), JSON.stringify(config.catalogue ?? CATALOGUE));
    this.#child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, TRACE_ENRICHMENT_CONFIG: file },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => this.#child.on('close', resolve));
    this.#ready = new Promise((resolve, reject) => {
      void this.exited.then((code) => {
        reject(new Error(`exited with ${code}: ${this.stderr}`));
      });
      if (this.#child.stdout === null) return;
      createInterface(this.#child.stdout).on('line', (line) => {
        const entry = JSON.parse(line) as Record<string, unknown>;
        this.logLines.push(entry);
        if (entry.msg === 'ready') resolve();
      });
    });
    this.#ready.catch(() => undefined);
  }

  get catalogueFile(): string {
    return join(this.#folder, 'catalogue.yaml');
  }

  /** Changes the configuration of the running program. */
  configure(config: TestConfig): void {
    replaceFile(join(this.#folder, 'enrichment-processor.yaml'), configText(config));
  }

  configureCatalogue(catalogue: unknown): void {
    replaceFile(this.catalogueFile, JSON.stringify(catalogue));
  }

  static async start(config: TestConfig): Promise<Processor> {
    const processor = new Processor(config);
    await processor.#ready;
    return processor;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get otlpPort(): number {
    return this.#logged('otlpPort');
  }

  get url(): string {
    return `http://127.0.0.1:${this.#logged('httpPort')}`;
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(name));
    return Number(line?.split(' ').at(-1) ?? NaN);
  }

  /** Waits until the metric has this value; a loop without an end would outlive its test. */
  async metricIs(name: string, value: number): Promise<void> {
    const end = Date.now() + DEADLINE_MILLIS;
    for (let found = NaN; found !== value;) {
      found = await this.metric(name);
      if (found !== value && Date.now() > end) throw new Error(`${name} is ${found}, expected ${value}`);
    }
  }

  /** Waits for a line of the log: it comes by another way than metrics and answers, and may be later. */
  async logged(isWanted: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    const end = Date.now() + DEADLINE_MILLIS;
    for (;;) {
      const line = this.logLines.find(isWanted);
      if (line !== undefined) return line;
      if (Date.now() > end) throw new Error(`no such line in ${JSON.stringify(this.logLines)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The most memory that the process has ever held, in MiB. */
  peakMemoryMebibytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await this.exited;
    }
    rmSync(this.#folder, { recursive: true });
  }

  #logged(key: string): number {
    return Number(this.logLines.find((entry) => entry.msg === 'ready')?.[key]);
  }
}

/** As editors and Kubernetes do it: nobody sees half a file. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
