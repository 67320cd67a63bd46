import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, freePorts, type OtlpSink } from '@trace/telemetry/testing';
import { parse, stringify } from 'yaml';
import { type Answer, request } from '../../support/openapi.ts';
import { root } from '../../support/paths.ts';

const SERVICE = join(root, 'apps/sim-service');
const MAIN = join(SERVICE, 'dist/main.js');

type Service = 'gateway' | 'users';
type Road = 'otlp' | 'jetstream';

interface Settings {
  gateway: { http: { port: number }; usersAddress: string };
  users: { http: { port: number }; grpc: { port: number } };
  logForwarder: { http: { port: number }; batch: { flushInterval: string } };
}

export interface Places {
  /** Takes traces and metrics. */
  readonly sink: OtlpSink;
  readonly collectorPort: number;
  readonly natsPort: number;
}

/** Gateway, users and the log forwarder as programs of their own, with the shipped configuration but for ports. */
export class Services {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-e2e-logs-road-'));
  readonly #configFile = join(this.#folder, 'sim-service.yaml');
  readonly #services = new Map<Service, Child>();
  #forwarder: Child | undefined;

  private constructor(
    private readonly places: Places,
    private readonly gatewayPort: number,
    readonly forwarderUrl: string,
  ) {}

  static async prepare(places: Places): Promise<Services> {
    const [gateway = 0, users = 0, usersGrpc = 0, forwarder = 0] = await freePorts(4);
    const services = new Services(places, gateway, `http://127.0.0.1:${forwarder}`);
    const settings = parse(readFileSync(join(SERVICE, 'config/sim-service.yaml'), 'utf8')) as Settings;
    settings.gateway.http.port = gateway;
    settings.gateway.usersAddress = `127.0.0.1:${usersGrpc}`;
    settings.users.http.port = users;
    settings.users.grpc.port = usersGrpc;
    settings.logForwarder.http.port = forwarder;
    settings.logForwarder.batch.flushInterval = '200ms';
    writeFileSync(services.#configFile, stringify(settings));
    return services;
  }

  /** Gateway and users, listening. */
  async start(road: Road): Promise<void> {
    const { sink, collectorPort, natsPort } = this.places;
    for (const role of ['users', 'gateway'] as const) {
      const child = Child.start([MAIN, role], {
        ...sink.env,
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://127.0.0.1:${collectorPort}/v1/logs`,
        OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf',
        TRACE_LOGS_ROAD: road,
        TRACE_LOGS_ROAD_URL: `nats://127.0.0.1:${natsPort}`,
        TRACE_SIM_SERVICE_CONFIG: this.#configFile,
      });
      this.#services.set(role, child);
      await child.line('listening');
    }
  }

  /** In order: what they have logged is sent. */
  async stop(): Promise<void> {
    await Promise.all([...this.#services.values()].map((child) => child.stop()));
  }

  async startForwarder(): Promise<void> {
    const { collectorPort, natsPort } = this.places;
    this.#forwarder = Child.start([MAIN, 'log-forwarder'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collectorPort}`,
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      TRACE_LOGS_ROAD: 'jetstream',
      TRACE_LOGS_ROAD_URL: `nats://127.0.0.1:${natsPort}`,
      TRACE_SIM_SERVICE_CONFIG: this.#configFile,
    });
    await this.#forwarder.line('listening');
  }

  async stopForwarder(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null | undefined> {
    return (await this.#forwarder?.stop(signal))?.code;
  }

  /** How often the forwarder that runs has said this. */
  told(msg: string): number {
    const lines = this.#forwarder?.lines ?? [];
    return lines.filter((line) => line.includes(`"msg":${JSON.stringify(msg)}`)).length;
  }

  /** One request, of which gateway and users log a line each; its trace id. */
  async ask(): Promise<string> {
    const { status, traceId } = await request(`http://127.0.0.1:${this.gatewayPort}/api/v1/users/7`, 'GET');
    if (status !== 200) throw new Error(`the gateway answers ${status}`);
    return traceId;
  }

  forwarder(method: string, path: string, body?: unknown): Promise<Answer> {
    return request(`${this.forwarderUrl}${path}`, method, body);
  }

  async close(): Promise<void> {
    const children = [
      ...this.#services.values(),
      ...(this.#forwarder === undefined ? [] : [this.#forwarder]),
    ];
    await Promise.all(children.map((child) => child.stop('SIGKILL')));
    rmSync(this.#folder, { recursive: true });
  }
}
