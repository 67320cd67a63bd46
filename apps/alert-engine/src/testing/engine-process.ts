import { OtlpForwarder, type Signal } from '@trace/otlp';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const MEBIBYTE = 1024 * 1024;

/** Short windows, so that an alert's whole life fits into a test. */
export const TEST_RULES = {
  groups: [
    {
      name: 'test',
      rules: [
        {
          alert: 'HighLatency',
          latency: { quantile: 0.95, above: '500ms' },
          match: { 'span.kind': 'server' },
          window: '3s',
          lateness: '1s',
          labels: { severity: 'critical' },
          annotations: { summary: '{{ $labels.service_name }} is slow: {{ $value }}' },
        },
      ],
    },
  ],
};

/** A folder with configuration, rules and state, which outlives the processes that are started in it. */
export class EngineHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'trace-alert-engine-'));
  readonly rulesFile = join(this.folder, 'rules.yaml');
  readonly stateFile = join(this.folder, 'data', 'alert-engine', 'state.sqlite');

  constructor(sections: Readonly<Record<string, object>> = {}, rules: unknown = TEST_RULES) {
    this.writeRules(rules);
    const config = {
      ...sections,
      http: { port: 0, ...sections.http },
      ingest: { port: 0, httpPort: 0, ...sections.ingest },
      evaluate: { rules: ['rules.yaml'], interval: '50ms', ...sections.evaluate },
      state: { retryInterval: '100ms', ...sections.state },
      notify: { initialBackOff: '20ms', maxBackOff: '100ms', ...sections.notify },
    };
    // JSON is YAML.
    writeFileSync(join(this.folder, 'alert-engine.yaml'), JSON.stringify(config));
  }

  writeRules(rules: unknown): void {
    writeFileSync(this.rulesFile, JSON.stringify(rules));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

type LogLine = Readonly<Record<string, unknown>>;

/** The real program, as built, in a process of its own. */
export class EngineProcess {
  readonly exited: Promise<number | null>;
  readonly logLines: LogLine[] = [];
  stderr = '';
  readonly #child: ChildProcess;
  #client: OtlpForwarder | undefined;
  #watchers: (() => void)[] = [];

  constructor(home: EngineHome, webhookUrl = '') {
    this.#child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env.PATH,
        TRACE_ALERT_CONFIG: join(home.folder, 'alert-engine.yaml'),
        TRACE_HOME: home.folder,
        TRACE_WEBHOOK_URL: webhookUrl,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => this.#child.on('close', resolve));
    if (this.#child.stdout === null) return;
    createInterface(this.#child.stdout).on('line', (line) => {
      this.logLines.push(JSON.parse(line) as LogLine);
      this.#watchers.forEach((look) => {
        look();
      });
    });
  }

  static async start(home: EngineHome, webhookUrl?: string): Promise<EngineProcess> {
    const engine = new EngineProcess(home, webhookUrl);
    await engine.logged((line) => line.msg === 'ready');
    return engine;
  }

  /** Resolves with the first line that fits, now or later; rejects when the process ends before. */
  async logged(fits: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.logLines.find(fits);
        if (line !== undefined) resolve(line);
      };
      this.#watchers.push(look);
      look();
      void this.exited.then((code) => {
        reject(new Error(`exited with ${code}: ${this.stderr}`));
      });
    });
  }

  get otlpPort(): number {
    return Number(this.#ready.otlpPort);
  }

  get otlpHttpUrl(): string {
    return `http://127.0.0.1:${Number(this.#ready.otlpHttpPort)}`;
  }

  get url(): string {
    return `http://127.0.0.1:${Number(this.#ready.httpPort)}`;
  }

  /** Exports a request; rejects with OtlpError. */
  async export(body: Buffer, signal: Signal = 'traces'): Promise<void> {
    this.#client ??= new OtlpForwarder({
      endpoint: `127.0.0.1:${this.otlpPort}`,
      timeoutMillis: 60_000,
      keepaliveMillis: 30_000,
      keepaliveTimeoutMillis: 30_000,
      maxReconnectMillis: 100,
      maxResponseBytes: MEBIBYTE,
    });
    await this.#client.export(signal, body);
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.url + path)).json()) as T;
  }

  /** The sum over all series of that name that have this label. */
  async metric(name: string, label = ''): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name) && line.includes(label));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** The most memory that the process has ever held, in MiB. */
  peakMemoryMebibytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.#client?.close();
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.exited;
  }

  get #ready(): LogLine {
    return this.logLines.find((line) => line.msg === 'ready') ?? {};
  }
}
