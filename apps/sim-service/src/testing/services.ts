import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, freePorts, type OtlpSink } from '@trace/telemetry/testing';
import { parse, stringify } from 'yaml';
import type { Role } from '../role/config';

const MAIN = join(__dirname, '../../dist/main.js');
const CONFIG = join(__dirname, '../../config/sim-service.yaml');

interface Listen {
  port: number;
}
interface Settings {
  gateway: { http: Listen; usersAddress: string; ordersAddress: string };
  users: { http: Listen; grpc: Listen };
  orders: { http: Listen; grpc: Listen; usersAddress: string };
  load: { target: string; requestsPerSecond: number };
}

/** The real roles as programs of their own, on free ports, with the shipped configuration otherwise. */
export class Services {
  readonly children = new Map<Role, Child>();

  private constructor(
    readonly settings: Settings,
    readonly configFile: string,
    private readonly folder: string,
  ) {}

  static async prepare(): Promise<Services> {
    const settings = parse(readFileSync(CONFIG, 'utf8')) as Settings;
    const [gatewayHttp, usersHttp, usersGrpc, ordersHttp, ordersGrpc] = (await freePorts(5)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const usersAddress = `127.0.0.1:${usersGrpc}`;
    Object.assign(settings.gateway, { usersAddress, ordersAddress: `127.0.0.1:${ordersGrpc}` });
    settings.gateway.http.port = gatewayHttp;
    settings.users.http.port = usersHttp;
    settings.users.grpc.port = usersGrpc;
    settings.orders.http.port = ordersHttp;
    settings.orders.grpc.port = ordersGrpc;
    settings.orders.usersAddress = usersAddress;
    settings.load.target = `http://127.0.0.1:${gatewayHttp}`;
    settings.load.requestsPerSecond = 50;
    const folder = mkdtempSync(join(tmpdir(), 'sim-service-'));
    const configFile = join(folder, 'sim-service.yaml');
    writeFileSync(configFile, stringify(settings));
    return new Services(settings, configFile, folder);
  }

  start(role: Role, sink: OtlpSink): Child {
    const child = Child.start([MAIN, role], { ...sink.env, TRACE_SIM_SERVICE_CONFIG: this.configFile });
    this.children.set(role, child);
    return child;
  }

  url(role: 'gateway' | 'users' | 'orders'): string {
    return `http://127.0.0.1:${this.settings[role].http.port}`;
  }

  async close(): Promise<void> {
    await Promise.all([...this.children.values()].map((child) => child.stop('SIGKILL')));
    rmSync(this.folder, { recursive: true });
  }
}
