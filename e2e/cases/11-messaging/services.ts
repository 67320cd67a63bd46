import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, type OtlpSink } from '@trace/telemetry/testing';
import { parse, stringify } from 'yaml';
import { freePorts } from '@trace/telemetry/testing';
import { type Answer, request } from '../../support/openapi.ts';
import { root } from '../../support/paths.ts';
import { eventually } from '../../support/wait.ts';

const SERVICE = join(root, 'apps/sim-service');
const READY_MILLIS = 300_000;

export type Role = 'producer' | 'consumer';

interface Settings {
  broker: { retryDelay: string; publishTimeout: string };
  producer: { http: { port: number } };
  consumer: { http: { port: number }; maxConcurrent: number };
}

/** Producer and consumer as programs of their own, with the shipped configuration but for ports and times. */
export class Services {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-e2e-messaging-'));
  readonly #children = new Map<Role, Child>();
  readonly #ended: Child[] = [];

  private constructor(
    private readonly sink: OtlpSink,
    private readonly brokerUrl: string,
    private readonly ports: Readonly<Record<Role, number>>,
  ) {}

  static async prepare(sink: OtlpSink, brokerUrl: string): Promise<Services> {
    const [producer = 0, consumer = 0] = await freePorts(2);
    const services = new Services(sink, brokerUrl, { producer, consumer });
    const settings = parse(readFileSync(join(SERVICE, 'config/sim-service.yaml'), 'utf8')) as Settings;
    settings.producer.http.port = producer;
    settings.consumer.http.port = consumer;
    settings.consumer.maxConcurrent = 20;
    settings.broker.retryDelay = '300ms';
    settings.broker.publishTimeout = '20s';
    writeFileSync(services.#configFile, stringify(settings));
    return services;
  }

  get #configFile(): string {
    return join(this.#folder, 'sim-service.yaml');
  }

  start(role: Role): void {
    this.#children.set(
      role,
      Child.start([join(SERVICE, 'dist/main.js'), role], {
        ...this.sink.env,
        BROKER_URL: this.brokerUrl,
        TRACE_SIM_SERVICE_CONFIG: this.#configFile,
      }),
    );
  }

  async kill(role: Role): Promise<void> {
    const child = this.#children.get(role);
    if (child === undefined) return;
    await child.stop('SIGKILL');
    this.#ended.push(child);
  }

  /** Every line that the role has written, those before it was killed too. */
  lines(role: Role): Record<string, unknown>[] {
    const children = [...this.#ended, ...this.#children.values()];
    return [...new Set(children)]
      .flatMap(({ lines }) => lines)
      .map(parsed)
      .filter(({ name }) => name === role);
  }

  /** `id priority` of each message, in the order in which they were done. */
  processed(): { readonly id: string; readonly priority: string; readonly attempt: number }[] {
    return this.lines('consumer')
      .filter((line) => line['messaging.message.id'] !== undefined && line.outcome === 'ok')
      .map((line) => ({
        id: String(line['messaging.message.id']),
        priority: String(line.priority),
        attempt: Number(line.attempt),
      }));
  }

  request(role: Role, method: string, path: string, body?: unknown): Promise<Answer> {
    return request(`http://127.0.0.1:${this.ports[role]}${path}`, method, body);
  }

  /** Waits until `GET /health` answers with the status. */
  async healthy(role: Role, status = 200): Promise<Answer> {
    return eventually(
      `${role} is ${status}: ${this.lines(role)
        .slice(-3)
        .map((line) => JSON.stringify(line))
        .join('\n')}`,
      async () => {
        const answer = await this.request(role, 'GET', '/health');
        return answer.status === status ? answer : undefined;
      },
      { timeoutMillis: READY_MILLIS, intervalMillis: 50 },
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.stop('SIGKILL')));
    rmSync(this.#folder, { recursive: true });
  }
}

/** The last line of a program that was killed may be half a line. */
function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
