import { freePorts } from '@trace/telemetry/testing';
import { join } from 'node:path';
import { run } from './commands.ts';
import { executableIn } from './paths.ts';
import { ServerProcess } from './server-process.ts';
import { eventually } from './wait.ts';

// A JVM each time, on a machine that may have other things to do.
const COMMAND_MILLIS = 180_000;
const missing = process.env.TRACE_MISSING_KAFKA;
if (missing !== undefined) console.warn(`Skipped: ${missing}`);

/** Where Kafka can be had; elsewhere skipped, and the reason is printed. */
export const describeWithKafka = missing === undefined ? describe : describe.skip;

export interface ConsumerPosition {
  readonly topic: string;
  /** Committed by the group; undefined if it has committed nothing. */
  readonly offset: number | undefined;
  /** Messages that are there and not committed. */
  readonly lag: number;
}

/** A real broker with a folder of its own, which outlives its kills. */
export class KafkaBroker {
  private constructor(private readonly process: ServerProcess) {}

  static async start(): Promise<KafkaBroker> {
    const [controller = 0] = await freePorts(1);
    const process = await ServerProcess.prepare((folder, port) => ({
      executable: executableIn('TRACE_BIN_KAFKA'),
      args: [],
      data: join(folder, 'data'),
      env: {
        KAFKA_DATA: join(folder, 'data'),
        KAFKA_PORT: String(port),
        KAFKA_CONTROLLER_PORT: String(controller),
      },
    }));
    await process.start();
    return new KafkaBroker(process);
  }

  get address(): string {
    return `127.0.0.1:${this.process.port}`;
  }

  /** kill -9, and up again. */
  async killAndStart(): Promise<void> {
    await this.process.stop('SIGKILL');
    await this.process.start();
  }

  async close(): Promise<void> {
    await this.process.close();
  }

  async createTopic(name: string, partitions: number): Promise<void> {
    // It listens a little before it is part of its own cluster.
    const create = ['--create', '--if-not-exists', '--topic', name, '--partitions', String(partitions)];
    const topic = async (): Promise<string> => this.#command('topics', create);
    await eventually(`topic ${name}`, topic, { timeoutMillis: 120_000 });
  }

  /** Of every partition of the topics that the group reads. */
  async positions(group: string): Promise<ConsumerPosition[]> {
    const table = await this.#command('groups', ['--describe', '--group', group]);
    // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …; `-` for what there is not.
    return table
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([name]) => name === group)
      .map(([, topic = '', , offset, end, lag]) => ({
        topic,
        offset: offset === '-' ? undefined : Number(offset),
        lag: Number(lag === '-' ? end : lag),
      }));
  }

  /** Writes one message that somebody else might have written. */
  async produce(topic: string, line: string): Promise<void> {
    await run(
      'sh',
      ['-c', 'printf "%s\\n" "$LINE" | "$KAFKA" produce "$@"', 'sh', ...this.#to(['--topic', topic])],
      {
        env: { LINE: line, KAFKA: executableIn('TRACE_BIN_KAFKA') },
        timeoutMillis: COMMAND_MILLIS,
      },
    );
  }

  #command(name: string, args: readonly string[]): Promise<string> {
    return run(executableIn('TRACE_BIN_KAFKA'), [name, ...this.#to(args)], { timeoutMillis: COMMAND_MILLIS });
  }

  #to(args: readonly string[]): string[] {
    return ['--bootstrap-server', this.address, ...args];
  }
}
