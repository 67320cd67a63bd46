import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePorts } from '@trace/telemetry/testing';
import { Subject } from '../shared/subject.ts';

const SERVICE = join(import.meta.dirname, '..', '..', 'apps/sim-service');

interface Settings {
  gateway: { http: { port: number }; usersAddress: string };
  users: { http: { port: number }; grpc: { port: number } };
}

/** What a gateway is started with beside its configuration. */
export interface Variant {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A gateway for each variant, in front of one `users` that sends no telemetry. Each is a process of its own. */
export class Services {
  readonly gateways: readonly Subject[];
  readonly #users: Subject;

  private constructor(users: Subject, gateways: readonly Subject[]) {
    this.#users = users;
    this.gateways = gateways;
  }

  static async start(folder: string, variants: readonly Variant[]): Promise<Services> {
    const [usersHttp = 0, usersGrpc = 0, ...gatewayPorts] = await freePorts(2 + variants.length);
    const configure = (name: string, gatewayPort: number): Record<string, string> => {
      const settings = parse(readFileSync(join(SERVICE, 'config/sim-service.yaml'), 'utf8')) as Settings;
      settings.gateway.http.port = gatewayPort;
      settings.gateway.usersAddress = `127.0.0.1:${usersGrpc}`;
      settings.users.http.port = usersHttp;
      settings.users.grpc.port = usersGrpc;
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, stringify(settings));
      return { TRACE_SIM_SERVICE_CONFIG: file };
    };
    const main = join(SERVICE, 'dist/main.js');
    const users = new Subject('users', usersGrpc, process.execPath, [main, 'users'], {
      ...configure('users', 0),
      OTEL_SDK_DISABLED: 'true',
    });
    const gateways = variants.map(({ name, env }, index) => {
      const port = gatewayPorts[index] ?? 0;
      return new Subject(name, port, process.execPath, [main, 'gateway'], {
        ...configure(name, port),
        ...env,
      });
    });
    const services = new Services(users, gateways);
    await users.ready(`http://127.0.0.1:${usersHttp}/health`);
    for (const gateway of gateways) await gateway.ready(`http://127.0.0.1:${gateway.port}/health`);
    return services;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#users, ...this.gateways].map((subject) => subject.stop()));
  }
}
