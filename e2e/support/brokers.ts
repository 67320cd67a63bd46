import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@trace/telemetry/testing';
import { listens } from './listens.ts';
import { eventually, NeverWill } from './wait.ts';

const READY_MILLIS = 300_000;

/** How a broker names what the spans of a message are about. */
export interface BrokerKind {
  readonly system: 'nats' | 'rabbitmq';
  readonly variable: string;
  readonly sentTo: (priority: string) => string;
  readonly receivedFrom: (priority: string) => string;
  readonly command: (folder: string, ports: readonly number[]) => Command;
}

interface Command {
  readonly url: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export const brokerKinds: readonly BrokerKind[] = [
  {
    system: 'nats',
    variable: 'TRACE_BIN_NATS_SERVER',
    sentTo: (priority) => `messages.${priority}`,
    receivedFrom: (priority) => `messages.${priority}`,
    command: (folder, [port = 0]) => ({
      url: `nats://127.0.0.1:${port}`,
      args: ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder],
      env: {},
    }),
  },
  {
    system: 'rabbitmq',
    variable: 'TRACE_BIN_RABBITMQ_SERVER',
    sentTo: (priority) => `messages:${priority}`,
    receivedFrom: (priority) => `messages:${priority}:messages`,
    command: (folder, [port = 0, distribution = 0, mapper = 0]) => ({
      url: `amqp://guest:guest@127.0.0.1:${port}`,
      args: [],
      env: {
        HOME: folder,
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(distribution),
        ERL_EPMD_PORT: String(mapper),
        RABBITMQ_NODENAME: `case-${port}@localhost`,
      },
    }),
  },
];

/** A real broker with a folder of its own, which outlives its kills. */
export class BrokerProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-e2e-broker-'));
  readonly #command: Command;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(
    readonly kind: BrokerKind,
    private readonly executable: string,
    readonly port: number,
    otherPorts: readonly number[],
  ) {
    this.#command = kind.command(this.#folder, [port, ...otherPorts]);
  }

  static async prepare(kind: BrokerKind): Promise<BrokerProcess> {
    const executable = process.env[kind.variable];
    if (executable === undefined) throw new Error(`${kind.variable} is not set`);
    const [port = 0, ...others] = await freePorts(3);
    return new BrokerProcess(kind, executable, port, others);
  }

  get url(): string {
    return this.#command.url;
  }

  async start(): Promise<void> {
    const child = spawn(this.executable, this.#command.args, {
      env: { ...process.env, ...this.#command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-4000)));
    }
    await eventually(
      `${this.kind.system} listens`,
      () => {
        if (child.exitCode !== null) throw new NeverWill(`${this.kind.system} has ended: ${this.#output}`);
        return listens(this.port);
      },
      { timeoutMillis: READY_MILLIS, intervalMillis: 50 },
    );
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
