import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '@trace/telemetry/testing';
import { parse, stringify } from 'yaml';
import type { NotificationClocks } from '../../support/engine.ts';
import { root } from '../../support/paths.ts';
import { eventually } from '../../support/wait.ts';
import { tracesOf } from './spans.ts';

const APP = join(root, 'apps/alert-engine');

/** What the log says of a database that is of no use; the reason follows. */
export const CANNOT_USE = /^cannot use the database for the state, going on in memory and trying again: /;

/** Short, so that an alert's whole life fits into a test. */
const RULES = {
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
        },
      ],
    },
  ],
};

export interface ActiveAlert {
  readonly state: string;
  readonly activeAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** In these sections of the configuration. */
interface EngineChanges {
  readonly database?: Readonly<Record<string, string>>;
  readonly heartbeat?: Readonly<Record<string, string>>;
}

/** Where engines are configured: as shipped, but for ports, rules, and how long they wait. */
export class EngineHome {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-e2e-engine-'));
  readonly #engines: RunningEngine[] = [];
  #configs = 0;

  constructor() {
    writeFileSync(join(this.#folder, 'rules.yaml'), stringify(RULES));
  }

  async start(
    databaseUrl: string,
    webhookUrl = '',
    { database, heartbeat }: EngineChanges = {},
  ): Promise<RunningEngine> {
    const shipped = parse(readFileSync(join(APP, 'config/alert-engine.yaml'), 'utf8')) as Sections;
    const changes: Sections = {
      http: { port: 0 },
      ingest: { port: 0, httpPort: 0 },
      evaluate: { rules: ['rules.yaml'], interval: '50ms' },
      state: {
        retryInterval: '200ms',
        database: {
          ...(shipped.state?.database as object),
          connectTimeout: '3s',
          queryTimeout: '3s',
          ...database,
        },
      },
      notify: { initialBackOff: '50ms', maxBackOff: '200ms' },
      heartbeat: { interval: '200ms', ...heartbeat },
    };
    const config = Object.fromEntries(
      Object.entries(shipped).map(([name, section]) => {
        const change = changes[name];
        return [name, change === undefined ? section : { ...section, ...change }];
      }),
    );
    this.#configs += 1;
    const file = join(this.#folder, `alert-engine-${this.#configs}.yaml`);
    writeFileSync(file, stringify(config));
    const child = Child.start([join(APP, 'dist/main.js')], {
      TRACE_ALERT_CONFIG: file,
      TRACE_HOME: this.#folder,
      TRACE_ALERT_DATABASE_URL: databaseUrl,
      TRACE_WEBHOOK_URL: webhookUrl,
    });
    const engine = new RunningEngine(child, await child.line('ready'));
    this.#engines.push(engine);
    return engine;
  }

  /** Everything that any of them has written, to both streams. */
  output(): string {
    return this.#engines.map((engine) => engine.output()).join('\n');
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.kill()));
  }

  async close(): Promise<void> {
    await this.killAll();
    rmSync(this.#folder, { recursive: true });
  }
}

/** The real alert engine, in a process of its own. */
export class RunningEngine {
  readonly #url: string;
  readonly #otlpUrl: string;
  /** Event times only go forward. */
  #newestMillis = 0;

  constructor(
    private readonly child: Child,
    readonly ready: Readonly<Record<string, unknown>>,
  ) {
    this.#url = `http://127.0.0.1:${Number(ready.httpPort)}`;
    this.#otlpUrl = `http://127.0.0.1:${Number(ready.otlpHttpPort)}`;
  }

  /** Spans of these services that are too slow; their alerts fire before this returns. */
  async slow(...services: string[]): Promise<void> {
    this.#newestMillis = Date.now();
    await this.#post(tracesOf(services, true, this.#newestMillis));
  }

  /** Good news of more than a window. Event times run ahead of the clock on the wall, so that nobody has to wait. */
  async recover(...services: string[]): Promise<void> {
    const sinceMillis = Math.max(this.#newestMillis, Date.now());
    for (let aheadMillis = 1000; aheadMillis <= 8000; aheadMillis += 1000) {
      await this.#post(tracesOf(services, false, sinceMillis + aheadMillis));
    }
  }

  async alerts(): Promise<ActiveAlert[]> {
    return (await this.#get<{ data: { alerts: ActiveAlert[] } }>('/api/v1/alerts')).data.alerts;
  }

  /** The services whose alert is active. */
  async services(): Promise<string[]> {
    return (await this.alerts()).map(({ labels }) => labels.service_name ?? '').sort();
  }

  async notifications(): Promise<NotificationClocks[]> {
    const { data } = await this.#get<{ data: { notifications: NotificationClocks[] } }>(
      '/api/v1/notifications',
    );
    return data.notifications;
  }

  /** What GET /readyz says of the state, together with its status. */
  async readiness(): Promise<string> {
    const response = await fetch(`${this.#url}/readyz`);
    const { checks } = (await response.json()) as { checks: { state: string } };
    return `${response.status} ${checks.state}`;
  }

  /** The sum over all series of that name that have this label. */
  async metric(name: string, label = ''): Promise<number> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name) && line.includes(label));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Until GET /readyz says this of the state. */
  async is(standing: string): Promise<void> {
    await eventually(
      `the state is ${standing}`,
      async () => (await this.readiness()) === `200 ${standing}` || undefined,
      { timeoutMillis: 60_000, intervalMillis: 20 },
    );
    expect(await this.metric('alert_engine_state_behind')).toBe(standing === 'stored' ? 0 : 1);
  }

  /** Until so many tries to use the database have failed. */
  async hasFailed(times: number): Promise<void> {
    await eventually(
      `${times} tries have failed`,
      async () => (await this.metric('alert_engine_state_write_errors_total')) >= times || undefined,
      { timeoutMillis: 60_000, intervalMillis: 20 },
    );
  }

  log(): LogLine[] {
    return this.child.lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Messages of lines of level error, but of those about notifications that wait. */
  complaints(): string[] {
    return this.log().flatMap(({ level, msg }) => (level === 'error' ? [msg] : []));
  }

  output(): string {
    return [...this.child.lines, ...this.child.errors].join('\n');
  }

  async kill(): Promise<void> {
    await this.child.stop('SIGKILL');
  }

  stop(): ReturnType<Child['stop']> {
    return this.child.stop('SIGTERM');
  }

  async #post(body: Buffer): Promise<void> {
    const response = await fetch(`${this.#otlpUrl}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(body),
    });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
  }

  async #get<T>(path: string): Promise<T> {
    return (await (await fetch(this.#url + path)).json()) as T;
  }
}
