import { OtlpSink } from '@trace/telemetry/testing';
import { type FoundLine, logLines } from '../../support/backends.ts';
import { brokerKinds, BrokerProcess } from '../../support/brokers.ts';
import type { CapturedLog } from '../../support/otlp-capture.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { eventually } from '../../support/wait.ts';
import { prepareCollector, prepareLoki } from './servers.ts';
import { Services } from './services.ts';
import { storedLogs } from './stream.ts';

export const PATIENCE = { timeoutMillis: 120_000, intervalMillis: 200 };
/** Gateway and users. */
export const LINES_A_REQUEST = 2;

/** All that the road consists of, from the services to Loki, on ports of its own. */
export class Road {
  readonly #startedAt = Date.now();

  private constructor(
    readonly sink: OtlpSink,
    readonly nats: BrokerProcess,
    readonly loki: ServerProcess,
    readonly collector: ServerProcess,
    readonly services: Services,
  ) {}

  static async start(): Promise<Road> {
    const kind = brokerKinds.find(({ system }) => system === 'nats');
    if (kind === undefined) throw new Error('there is no NATS among the brokers');
    const sink = await OtlpSink.listen();
    const nats = await BrokerProcess.prepare(kind);
    const loki = await prepareLoki();
    const collector = await prepareCollector(loki);
    const places = { sink, collectorPort: collector.port, natsPort: nats.port };
    const road = new Road(sink, nats, loki, collector, await Services.prepare(places));
    await Promise.all([nats.start(), loki.start(), collector.start()]);
    return road;
  }

  /** The lines of gateway and users in Loki that have a trace id. */
  async lines(): Promise<FoundLine[]> {
    const lines = await logLines('{service_name=~"gateway|users"} | trace_id != ""', {
      startEpochMillis: this.#startedAt - 60_000,
      limit: 20_000,
      url: `http://127.0.0.1:${this.loki.port}`,
    });
    return lines;
  }

  /** What gateway and users have logged, as the stream has it. */
  stored(): Promise<CapturedLog[]> {
    return storedLogs(this.nats.port, ['gateway', 'users']);
  }

  /** Once Loki shows `count` lines of these traces at least. */
  shown(traceIds: readonly string[], count = LINES_A_REQUEST * traceIds.length): Promise<FoundLine[]> {
    const wanted = new Set(traceIds);
    return eventually(
      `${count} lines in Loki`,
      async () => {
        const lines = (await this.lines()).filter(({ labels }) => wanted.has(labels.trace_id ?? ''));
        if (lines.length < count) throw new Error(`${lines.length}`);
        return lines;
      },
      PATIENCE,
    );
  }

  /** Loki is there again, and empty. */
  async freshLoki(): Promise<void> {
    await this.loki.stop('SIGKILL');
    this.loki.reset();
    await this.loki.start();
  }

  async close(): Promise<void> {
    await this.services.close();
    await Promise.all([this.nats.close(), this.collector.close(), this.loki.close()]);
    await this.sink.close();
  }
}
