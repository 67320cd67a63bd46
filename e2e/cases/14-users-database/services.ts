import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, freePorts, type OtlpSink } from '@trace/telemetry/testing';
import { parse, stringify } from 'yaml';
import { type Answer, request } from '../../support/openapi.ts';
import { root } from '../../support/paths.ts';
import { eventually } from '../../support/wait.ts';

const SERVICE = join(root, 'apps/sim-service');
const READY_MILLIS = 300_000;

export type Role = 'gateway' | 'users';

export interface Health {
  readonly status: string;
  readonly details: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
}

/** Where the users are; a URL that is empty is none. */
export interface Stores {
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
}

interface Settings {
  gateway: { http: { port: number }; usersAddress: string; callTimeout: string };
  users: {
    http: { port: number };
    grpc: { port: number };
    database: { connectTimeout: string; queryTimeout: string };
    cache: { connectTimeout: string; commandTimeout: string };
  };
}

/** Gateway and users as programs of their own, with the shipped configuration but for ports. */
export class Services {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-e2e-users-'));
  readonly #configFile = join(this.#folder, 'sim-service.yaml');
  readonly #running = new Map<Role, Child>();
  readonly #all: { readonly role: Role; readonly child: Child }[] = [];

  private constructor(
    private readonly sink: OtlpSink,
    private readonly ports: Readonly<Record<Role, number>>,
  ) {}

  static async prepare(sink: OtlpSink): Promise<Services> {
    const [gatewayHttp = 0, usersHttp = 0, usersGrpc = 0] = await freePorts(3);
    const services = new Services(sink, { gateway: gatewayHttp, users: usersHttp });
    const settings = parse(readFileSync(join(SERVICE, 'config/sim-service.yaml'), 'utf8')) as Settings;
    settings.gateway.http.port = gatewayHttp;
    settings.gateway.usersAddress = `127.0.0.1:${usersGrpc}`;
    settings.users.http.port = usersHttp;
    settings.users.grpc.port = usersGrpc;
    // On a busy machine an answer may well take longer than the shipped 200 ms, and several queries than 2 s.
    settings.gateway.callTimeout = '30s';
    Object.assign(settings.users.cache, { connectTimeout: '5s', commandTimeout: '3s' });
    Object.assign(settings.users.database, { connectTimeout: '10s', queryTimeout: '10s' });
    writeFileSync(services.#configFile, stringify(settings));
    return services;
  }

  async start(role: Role, stores: Stores): Promise<void> {
    const child = Child.start([join(SERVICE, 'dist/main.js'), role], {
      ...this.sink.env,
      ...stores,
      TRACE_SIM_SERVICE_CONFIG: this.#configFile,
    });
    this.#running.set(role, child);
    this.#all.push({ role, child });
    await child.line('listening');
  }

  async kill(role: Role): Promise<void> {
    await this.#running.get(role)?.stop('SIGKILL');
  }

  async stop(role: Role): Promise<number | null | undefined> {
    return (await this.#running.get(role)?.stop())?.code;
  }

  /** Everything that was written, to both streams. */
  output(): string {
    return this.#all.flatMap(({ child }) => [...child.lines, ...child.errors]).join('\n');
  }

  /** How often each of these messages is in the role's log. */
  told(role: Role, ...messages: readonly string[]): number[] {
    const lines = this.#all.filter((each) => each.role === role).flatMap(({ child }) => child.lines);
    return messages.map(
      (msg) => lines.filter((line) => line.includes(`"msg":${JSON.stringify(msg)}`)).length,
    );
  }

  request(method: string, path: string, body?: unknown, role: Role = 'gateway'): Promise<Answer> {
    return request(`http://127.0.0.1:${this.ports[role]}${path}`, method, body);
  }

  /** `GET /health` of the role, once it is answered with the status and `isSo` holds of the body. */
  health(role: Role, status: number, isSo: (body: Health) => boolean = () => true): Promise<Health> {
    return eventually(
      `${role} is ${status}`,
      async () => {
        const answer = await this.request('GET', '/health', undefined, role);
        const body = answer.body as Health;
        return answer.status === status && isSo(body) ? body : undefined;
      },
      { timeoutMillis: READY_MILLIS, intervalMillis: 50 },
    );
  }

  /** Asks until it is answered with the status. */
  answered(status: number, path: string): Promise<Answer> {
    return eventually(
      `${path} is answered ${status}`,
      async () => {
        const answer = await this.request('GET', path);
        return answer.status === status ? answer : undefined;
      },
      { timeoutMillis: READY_MILLIS, intervalMillis: 50 },
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map((child) => child.stop('SIGKILL')));
    rmSync(this.#folder, { recursive: true });
  }
}
