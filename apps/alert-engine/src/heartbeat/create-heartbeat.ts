import type { Program } from '@trace/runtime';
import { type Clock, systemClock } from '../clock';
import type { AlertEngineConfig } from '../config-schema';
import type { Metrics } from '../metrics';
import { webhookPayload } from '../notify/webhook-payload';
import { WebhookSender } from '../notify/webhook-sender';
import { madeUpAlert, madeUpRule } from '../state/made-up-alert';
import { engineChecks, type CheckedParts } from './engine-checks';
import { Heartbeat } from './heartbeat';
import { probeIngest } from './probe-ingest';

export interface HeartbeatProgram extends Pick<CheckedParts, 'engine' | 'queries' | 'state'> {
  readonly config: AlertEngineConfig;
  readonly otlpHttpPort: number;
  readonly externalUrl: string;
  readonly metrics: Pick<Metrics, 'heartbeats' | 'lastHeartbeat'>;
  readonly logger: Program['logger'];
  readonly clock?: Clock;
}

/** As Prometheus's own alert that always fires is called. */
const RULE = madeUpRule('Watchdog', 'Alerts would arrive. When this stops, they would not.');

/** Begins to send heartbeats, where there is somebody to send them to; the result ends them. */
export function startHeartbeat({
  config,
  otlpHttpPort: port,
  externalUrl,
  metrics,
  clock = systemClock,
  ...parts
}: HeartbeatProgram): () => Promise<void> {
  const { url, interval, timeout: timeoutMillis, maxUnansweredQueries } = config.heartbeat;
  if (url === undefined) return () => Promise.resolve();
  const sender = new WebhookSender({ url, timeoutMillis, maxConnections: 1 });
  const checked = {
    ...parts,
    clock,
    probeIngest: () => probeIngest({ host: config.ingest.host, port, timeoutMillis }),
  };
  // So that the first of each is an increase.
  for (const outcome of ['delivered', 'failed', 'withheld']) metrics.heartbeats.inc({ outcome }, 0);
  const heartbeat = new Heartbeat({
    intervalMillis: interval,
    checks: engineChecks(checked, {
      tickIntervalMillis: config.evaluate.interval,
      maxUnansweredMillis: maxUnansweredQueries,
    }),
    send: () => sender.send(watchdog(externalUrl, clock.now())),
    onBeat: (outcome) => {
      metrics.heartbeats.inc({ outcome });
      if (outcome === 'delivered') metrics.lastHeartbeat.set(clock.now() / 1000);
    },
    logger: parts.logger,
    clock,
  });
  heartbeat.start();
  return () => {
    heartbeat.stop();
    return sender.close();
  };
}

/** An alert that always fires, as Alertmanager would send it; who only waits for a request need not read it. */
function watchdog(externalUrl: string, nowMillis: number): string {
  return webhookPayload([{ alert: madeUpAlert(RULE, nowMillis) }], {
    receiver: 'heartbeat',
    groupLabels: { alertname: RULE.alert },
    externalUrl,
    maxAlerts: 1,
  });
}
