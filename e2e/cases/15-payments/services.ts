import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, freePorts, type OtlpSink } from '@trace/telemetry/testing';
import { parse, stringify } from 'yaml';
import { root } from '../../support/paths.ts';

const SERVICE = join(root, 'apps/sim-service');

const ROLES = ['gateway', 'users', 'orders', 'payments'] as const;
export type Role = (typeof ROLES)[number];

type Settings = Record<Role, { http: { port: number }; grpc?: { port: number }; [key: string]: unknown }>;

/** What an order passes through, as programs of their own, with the shipped configuration but for the ports. */
export class OrderServices {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-e2e-payments-'));
  readonly #children = new Map<Role, Child>();
  readonly #ports = new Map<Role, number>();

  private constructor(
    private readonly sink: OtlpSink,
    private readonly brokerUrl: string,
  ) {}

  static async prepare(sink: OtlpSink, brokerUrl: string): Promise<OrderServices> {
    const services = new OrderServices(sink, brokerUrl);
    const settings = parse(readFileSync(join(SERVICE, 'config/sim-service.yaml'), 'utf8')) as Settings;
    const [usersGrpc = 0, ordersGrpc = 0, ...http] = await freePorts(2 + ROLES.length);
    ROLES.forEach((role, index) => {
      const port = http[index] ?? 0;
      settings[role].http.port = port;
      services.#ports.set(role, port);
    });
    const usersAddress = `127.0.0.1:${usersGrpc}`;
    Object.assign(settings.users, { grpc: { host: '127.0.0.1', port: usersGrpc } });
    // On a busy machine an answer may well take longer than the shipped 2 s.
    Object.assign(settings.payments, { answerTimeout: '5s' });
    Object.assign(settings.orders, {
      callTimeout: '10s',
      usersAddress,
      grpc: { host: '127.0.0.1', port: ordersGrpc },
    });
    const ordersAddress = `127.0.0.1:${ordersGrpc}`;
    Object.assign(settings.gateway, { callTimeout: '20s', usersAddress, ordersAddress });
    writeFileSync(services.#configFile, stringify(settings));
    return services;
  }

  get #configFile(): string {
    return join(this.#folder, 'sim-service.yaml');
  }

  /** Started, and listening. */
  async start(...roles: readonly Role[]): Promise<void> {
    const children = roles.map((role) => {
      const child = Child.start([join(SERVICE, 'dist/main.js'), role], {
        ...this.sink.env,
        BROKER_URL: this.brokerUrl,
        TRACE_SIM_SERVICE_CONFIG: this.#configFile,
      });
      this.#children.set(role, child);
      return child;
    });
    await Promise.all(children.map((child) => child.line('listening')));
  }

  async stop(role: Role, signal: NodeJS.Signals): Promise<number | null | undefined> {
    return (await this.#children.get(role)?.stop(signal))?.code;
  }

  url(role: Role): string {
    return `http://127.0.0.1:${this.#ports.get(role)}`;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.stop('SIGKILL')));
    rmSync(this.#folder, { recursive: true });
  }
}
