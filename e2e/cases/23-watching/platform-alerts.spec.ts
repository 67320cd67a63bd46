import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownMetric, engineMetrics, promQuery } from '../../support/backends.ts';
import { engineUrl } from '../../support/engine.ts';
import { logsBody, metricsBody, newSpans, postOtlp, tracesBody } from '../../support/otlp-http.ts';
import { backends, dataPath, Stack } from '../../support/stack.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';
import { metricsOf, unknownAmong } from './metric-names.ts';
import { impatientEngine, markedAlerts, platformRules } from './rules.ts';

const PATIENCE = { timeoutMillis: 120_000, intervalMillis: 1000 };
const DAY_MILLIS = 86_400_000;
/** Full after some seconds; what does not fit any more is a small part of it. */
const SMALL_QUEUE_BYTES = 2_000_000;
/**
 * How full the disk is, and how busy, is nobody's fault; and while all of it starts the engine asks a Prometheus that is
 * not there yet. As they ship these rules wait for minutes.
 */
const OF_THE_MACHINE = ['TraceDiskFills', 'TraceDiskFull', 'TraceEnrichmentSlow', 'TraceRuleQueryFails'];

describe('the platform watches itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trace-watching-'));
  let stack: Stack | undefined;
  let onCall: WebhookReceiver;
  let outside: WebhookReceiver;

  beforeAll(async () => {
    [onCall, outside] = [await WebhookReceiver.start(), await WebhookReceiver.start()];
    const env = {
      TRACE_ALERT_CONFIG: impatientEngine(folder, {
        heartbeat: { url: outside.url, interval: '1s', timeout: '30s' },
        notify: { timeout: '30s', maxBackOff: '1s' },
      }),
      TRACE_WEBHOOK_URL: onCall.url,
    };
    const queue = `--config=yaml:exporters::otlp_grpc/tempo::sending_queue::queue_size: ${SMALL_QUEUE_BYTES}`;
    stack = await Stack.start({
      programs: [...backends, ...dataPath],
      changes: { 'alert-engine': { env }, otelcol: { args: [queue] } },
    });
    await postOtlp('traces', tracesBody([['watched', newSpans(10)]]));
  });
  afterAll(async () => {
    await stack?.stop();
    await onCall.stop();
    await outside.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const fired = (alertname: string, labels: Readonly<Record<string, string>> = {}): boolean =>
    onCall
      .alerts()
      .some(
        (alert) =>
          alert.status === 'firing' &&
          alert.labels.alertname === alertname &&
          Object.entries(labels).every(([name, value]) => alert.labels[name] === value),
      );
  const fires = (alertname: string, labels: Readonly<Record<string, string>> = {}): Promise<true> =>
    eventually(`${alertname} fires`, () => fired(alertname, labels) || undefined, PATIENCE);

  it('each rule is answered, by metrics that there are, and at rest none fires', async () => {
    const named: string[] = [];
    for (const { expr } of platformRules) {
      await promQuery(expr);
      named.push(...(await metricsOf(expr)));
    }
    expect(new Set(named).size).toBeGreaterThan(40);
    await eventually(
      'every metric is there',
      async () => {
        const unknown = await unknownAmong([...new Set(named)]);
        if (unknown.length > 0) throw new Error(unknown.join(', '));
        return true;
      },
      PATIENCE,
    );
    const rules = await eventually(
      'each is answered',
      async () => {
        const { data } = (await (await fetch(`${engineUrl}/api/v1/rules`)).json()) as {
          data: { groups: { rules: { name: string; health: string; state: string }[] }[] };
        };
        const all = data.groups.flatMap((group) => group.rules);
        const unwell = all.filter(({ health }) => health !== 'ok').map(({ name }) => name);
        if (unwell.length > 0) throw new Error(unwell.join(', '));
        return all;
      },
      PATIENCE,
    );
    expect(rules.map(({ name }) => name)).toEqual(platformRules.map(({ alert }) => alert));
    const noisy = rules.filter(({ name, state }) => state !== 'inactive' && !OF_THE_MACHINE.includes(name));
    expect(noisy).toEqual([]);
    expect(outside.alerts().map(({ labels }) => labels.alertname)).toContain('Watchdog');
  });

  it('data that is refused for good is told of, by who gave it up and by who refused it', async () => {
    const long = Date.now() - 30 * DAY_MILLIS;
    expect(await postOtlp('metrics', metricsBody('watched', 'e2e_too_old', 1, {}, long))).toBe(200);
    const line = { body: 'too old', timeEpochMillis: long };
    expect(await postOtlp('logs', logsBody('watched', [line]))).toBe(200);
    const endless = { body: 'x'.repeat(1_200_000), timeEpochMillis: Date.now() };
    expect(await postOtlp('logs', logsBody('watched', [endless]))).toBe(200);
    await Promise.all([
      fires('TracePrometheusRejects'),
      fires('TraceLokiDiscards'),
      fires('TraceLokiCutsLines'),
      fires('TraceCollectorDropsData', { exporter: 'otlp_http/prometheus' }),
      fires('TraceCollectorDropsData', { exporter: 'otlp_http/loki' }),
    ]);
  });

  it('a Tempo that is gone is told of, the queue in front of it, and heartbeats that nobody takes', async () => {
    const log = stack?.program('alert-engine').log().split('\n') ?? [];
    expect(log.filter((line) => line.includes('the heartbeat was not taken'))).toEqual([]);
    expect(fired('TraceHeartbeatFails', { outcome: 'failed' })).toBe(false);
    expect(
      await ownMetric(engineMetrics, 'alert_engine_heartbeats_total', { outcome: 'delivered' }),
    ).toBeGreaterThan(0);
    await Promise.all([outside.stop(), stack?.program('tempo').kill()]);
    const attributes = { filler: 'x'.repeat(2000) };
    const over = new AbortController();
    const sending = (async (): Promise<void> => {
      while (!over.signal.aborted) {
        const spans = newSpans(20).map((span) => ({ ...span, attributes }));
        await postOtlp('traces', tracesBody([['watched', spans]]));
        await sleep(100);
      }
    })();
    await Promise.all([
      fires('TraceTargetDown', { job: 'trace/tempo' }),
      fires('TraceQueueFills', { exporter: 'otlp_grpc/tempo', data_type: 'traces' }),
      fires('TraceQueueFull', { exporter: 'otlp_grpc/tempo' }),
      fires('TraceExporterStuck', { exporter: 'otlp_grpc/tempo' }),
      fires('TraceSendersPushedBack', { receiver: 'otlp/enriched' }),
      fires('TraceEnrichmentFails'),
      fires('TraceHeartbeatFails', { outcome: 'failed' }),
    ]).finally(() => {
      over.abort();
    });
    await sending;
    // What waits is not lost.
    expect(fired('TraceCollectorDropsData', { exporter: 'otlp_grpc/tempo' })).toBe(false);
  });

  it('a receiver that is away is told of, once it is back', async () => {
    expect(fired('TraceNotificationsFail')).toBe(false);
    onCall.refuses = true;
    await fetch(`${engineUrl}/api/v1/test-alert`, { method: 'POST' });
    await eventually(
      'TraceNotificationsFail fires',
      async () => {
        const { data } = (await (await fetch(`${engineUrl}/api/v1/alerts`)).json()) as {
          data: { alerts: { labels: Record<string, string>; state: string }[] };
        };
        return data.alerts.some(({ labels }) => labels.alertname === 'TraceNotificationsFail') || undefined;
      },
      PATIENCE,
    );
    onCall.refuses = false;
    await fires('TraceNotificationsFail', { receiver: 'webhook' });
  });

  it('the page says which of them were seen to fire', () => {
    const seen = new Set(onCall.alerts().map(({ labels }) => labels.alertname ?? ''));
    expect(markedAlerts.filter((alert) => !seen.has(alert))).toEqual([]);
    expect(markedAlerts.length).toBeGreaterThan(8);
  });
});
