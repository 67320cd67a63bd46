import { setTimeout as delay } from 'node:timers/promises';
import { Module, type DynamicModule } from '@nestjs/common';
import { DropReporter } from '@trace/runtime';
import { Registry } from 'prom-client';
import { createApp, listen } from '../../http/create-app';
import { ServiceModule } from '../../http/service.module';
import { Backoff } from '../../links/backoff';
import { LinkState } from '../../links/link-state';
import { brokerLink } from '../../messaging/broker-link';
import { peerOf } from '../../messaging/broker-url';
import { JetStreamConnection } from '../../messaging/jetstream/connection';
import { MetricsController, REGISTRY } from '../../messaging/metrics.controller';
import { OPENAPI_DOCUMENT, OpenApiController } from '../../openapi/openapi.controller';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { collectorLink } from './collector-link';
import { CollectorClient } from './forward/collector-client';
import { Forwarder } from './forward/forwarder';
import { LogConsumer } from './log-consumer';
import { logForwarderDocument } from './log-forwarder.openapi';
import { LogForwarderMetrics, type Lag } from './metrics';
import { Replay, storedIn } from './replay/replay';
import { ReplayController } from './replay/replay.controller';
import { declareLogsRoad } from './topology';

const MAX_BODY_BYTES = 16 * 1024;
/** For what was received when the role is stopped; the rest is delivered to the next who asks. */
const DRAIN_MILLIS = 5000;
const NOTHING = new Uint8Array();

interface Parts {
  readonly links: readonly LinkState[];
  readonly registry: Registry;
  readonly replay: Replay;
}

@Module({})
export class LogForwarderModule {
  static forRoot(context: ModuleContext, { links, registry, replay }: Parts): DynamicModule {
    return {
      module: LogForwarderModule,
      imports: [ServiceModule.forRoot({ role: 'log-forwarder', context, dependencies: links })],
      controllers: [ReplayController, MetricsController, OpenApiController],
      providers: [
        { provide: Replay, useValue: replay },
        { provide: REGISTRY, useValue: registry },
        { provide: OPENAPI_DOCUMENT, useValue: logForwarderDocument },
      ],
    };
  }
}

/** The second road for logs: from JetStream to the Collector (docs/logs-road.md). */
export async function startLogForwarder(context: RoleContext): Promise<void> {
  const { config, configFile, logger, shutdown } = context;
  const settings = config.logForwarder;
  const { http, url, maxReconnectDelay, collector, batch, maxAckPending } = settings;
  const links = {
    broker: new LinkState(brokerLink(peerOf(url)), logger),
    collector: new LinkState(collectorLink(collector.endpoint), logger),
  };
  const connection = new JetStreamConnection(settings, 'log-forwarder', links.broker, (jsm) =>
    declareLogsRoad(jsm, settings),
  );
  const client = new CollectorClient(collector.endpoint, collector.timeout, links.collector);
  const post = client.post.bind(client);
  const registry = new Registry();
  const metrics = new LogForwarderMetrics(registry, (): Promise<Lag | undefined> => consumer.lag());
  const drops = new DropReporter(logger, metrics.dropped, 'the Collector refuses log records');
  const stopping = new AbortController();
  const onDropped = (records: number, reason: string): void => {
    drops.drop(reason, records);
  };
  const forwarder = new Forwarder({
    post,
    maxRetryDelayMillis: collector.maxRetryDelay,
    giveUpAfterMillis: Infinity,
    signal: stopping.signal,
    events: {
      onForwarded: (records) => {
        metrics.forwarded.inc(records);
        metrics.batchRecords.observe(records);
      },
      onRetry: (reason) => {
        metrics.retries.inc({ reason });
      },
      onDropped,
    },
  });
  const consumer = new LogConsumer(settings, connection, forwarder, {
    onReceived: (records) => {
      metrics.received.inc(records);
    },
    onDropped,
  });
  const replay = new Replay({
    post,
    maxRetryDelayMillis: collector.maxRetryDelay,
    limits: { ...batch, maxMessages: maxAckPending },
    stored: (window) => storedIn(connection, window),
  });
  const parts = { links: [links.broker, links.collector], registry, replay };
  const app = await createApp(LogForwarderModule.forRoot(context, parts), logger, MAX_BODY_BYTES);
  void connection.connect();
  void consumer.start();
  void untilThere(client, maxReconnectDelay, stopping.signal);
  await listen(app, logger, { ...http, setting: `logForwarder.http.port in ${configFile}` });
  shutdown.add(
    'forward what was received',
    async () => {
      const drained = Promise.all([replay.stop(), consumer.stop()]);
      await Promise.race([drained, delay(DRAIN_MILLIS, undefined, { ref: false })]);
      stopping.abort();
      await drained;
      drops.stop();
    },
    DRAIN_MILLIS + collector.timeout + 1000,
  );
  shutdown.add('stop accepting and drain', () => app.close(), 10_000);
  shutdown.add('close the broker', () => connection.close(), 2000);
}

/** So that its state is known before there is something to forward. */
async function untilThere(
  client: CollectorClient,
  maxDelayMillis: number,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(maxDelayMillis);
  while (!signal.aborted) {
    const { kind } = await client.post(NOTHING);
    if (kind !== 'retryable') return;
    await delay(backoff.next(), undefined, { ref: false });
  }
}
