import { collectorMetrics, ownMetric, promQuery, spansOfTrace } from '../../support/backends.ts';
import { CountedSender, describeTally } from '../../support/counted-sender.ts';
import { drained, sleep } from '../../support/drain.ts';
import { metricsBody, newSpans, newTraceId, postOtlp, tracesBody } from '../../support/otlp-http.ts';
import { backends, dataPath, Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';

const ENGINE_DOWN_MILLIS = 120_000;
/** Of each signal, before something is taken away and while it is missing. */
const PROBES = 5;
/** How much longer than before a probe may take, of the median: something that stalls for one retry takes more. */
const DISTURBANCE_MILLIS = 2000;
const PROBE_MILLIS = 90_000;
/** From the engine's restart: what has waited for it must not stand before what is new. */
const FRESH_JUDGED_MILLIS = 5000;
/** Of a machine that does other things besides, one try of a few is measured well. */
const MAX_TRIES = 3;
const DOWN_AGAIN_MILLIS = 30_000;

/** Queues that fill within seconds; both on the road of the logs, so that the push-back reaches the sender. */
const SMALL_QUEUES = [
  '--config=yaml:exporters::otlp_http/loki::sending_queue::queue_size: 400000',
  '--config=yaml:exporters::otlp_grpc/enrichment::sending_queue::queue_size: 400000',
];

describe('a stall in one place stays there', () => {
  let stack: Stack;
  let webhook: WebhookReceiver;

  beforeAll(async () => {
    webhook = await WebhookReceiver.start();
    stack = await Stack.start({
      programs: [...backends, ...dataPath],
      changes: {
        otelcol: { args: SMALL_QUEUES },
        'alert-engine': { env: { TRACE_WEBHOOK_URL: webhook.url } },
      },
    });
  });
  afterAll(async () => {
    await stack.stop();
    await webhook.stop();
  });

  it('Loki down and its queue full: the other signals flow, log senders are told to retry, nothing is lost', async () => {
    const sender = new CountedSender('stalled', 5, ['logs']);
    const before = await probes('before-loki-stall');
    await stack.program('loki').stop();
    await eventually('push-back', () => sender.retries >= 5 || undefined, { timeoutMillis: 180_000 });

    // The sender goes on against full queues while every other signal is looked at.
    let during = await probes('during-loki-stall');
    for (let again = 2; disturbed(before, during).length > 0 && again <= MAX_TRIES; again += 1) {
      during = await probes(`during-loki-stall-${again}`);
    }
    const acknowledgedWhileFull = sender.acknowledgedLines;

    await stack.program('loki').start();
    await eventually(
      'acknowledged again',
      () => sender.acknowledgedLines > acknowledgedWhileFull || undefined,
      {
        timeoutMillis: 120_000,
      },
    );
    await sender.stop();
    await drained();
    const lines = await sender.tallyLines();
    console.log(
      `Loki stalled: refusals ${sender.describeRefusals()}; ${compare(before, during)}\n` +
        describeTally('log lines', lines),
    );
    expect(disturbed(before, during)).toEqual([]);
    // Refused at once with a status that says "try again"; never left without an answer.
    expect(sender.refusalStatuses.filter((status) => ![429, 503].includes(status))).toEqual([]);
    expect(lines.acknowledged).toBeGreaterThan(1000);
    expect(lines.lost).toBe(0);
  });

  it('alert engine down for two minutes: no backend stalls, fresh data is judged within 5 s, the rest counted', async () => {
    const sender = new CountedSender('engine-down', 50);
    const before: Probe[] = [];
    for (let probe = 1; probe <= PROBES; probe += 1) before.push(await reachBackends(`before_${probe}`));
    const missedBefore = await missedSpans();
    const sentBefore = sender.acknowledgedSpans;
    await stack.program('alert-engine').stop();
    const stoppedAt = Date.now();
    const during: Probe[] = [];
    while (Date.now() - stoppedAt < ENGINE_DOWN_MILLIS) {
      during.push(await reachBackends(`during_${during.length + 1}`));
      await sleep(5000);
    }
    expect(sender.retries).toBe(0);
    const sentMeanwhile = sender.acknowledgedSpans - sentBefore;
    let judgedAfter = await judgedAfterRestart(1);
    await sender.stop();
    const lost = (await missedSpans()) - missedBefore;
    console.log(
      `alert engine down for 120 s: fresh data judged ${judgedAfter} ms after its restart; of ${sentMeanwhile} spans ${lost} missed and counted; ` +
        compare(before, during),
    );
    expect(disturbed(before, during)).toEqual([]);
    // All but those of the last ten seconds, which were still held for it.
    expect(lost / sentMeanwhile).toBeGreaterThan(0.85);
    expect(lost / sentMeanwhile).toBeLessThan(1.05);
    await drained();
    const [spans, lines] = [await sender.tallySpans(), await sender.tallyLines()];
    console.log(`${describeTally('spans', spans)}\n${describeTally('log lines', lines)}`);
    expect([spans.lost, lines.lost]).toEqual([0, 0]);
    for (let restarts = 2; judgedAfter > FRESH_JUDGED_MILLIS && restarts <= MAX_TRIES; restarts += 1) {
      await stack.program('alert-engine').stop();
      // What is held for it is that of the last ten seconds, however long it is away.
      const held = new CountedSender(`held-${restarts}`, 50, ['traces']);
      await sleep(DOWN_AGAIN_MILLIS);
      judgedAfter = await judgedAfterRestart(restarts);
      await held.stop();
    }
    expect(judgedAfter).toBeLessThan(FRESH_JUDGED_MILLIS);
  });

  /** How long after it is started again the engine has judged what is new. */
  async function judgedAfterRestart(restart: number): Promise<number> {
    const restartedAt = Date.now();
    await stack.program('alert-engine').start();
    const startMillis = Date.now() - restartedAt;
    const judgedAfter = await errorsFire(`after-engine-stall-${restart}`);
    console.log(
      `restart ${restart}: ready after ${startMillis} ms, fresh data judged ${judgedAfter} ms later`,
    );
    return startMillis + judgedAfter;
  }

  /** One of each signal, and an alert, as often as it takes to know a median. */
  async function probes(name: string): Promise<Probe[]> {
    const all: Probe[] = [];
    for (let probe = 1; probe <= PROBES; probe += 1) {
      const each = `${name}-${probe}`;
      all.push({ ...(await reachBackends(each.replaceAll('-', '_'))), alert: await errorsFire(each) });
    }
    return all;
  }

  /** Sends ten failed requests of a new service; how long until the webhook says so, in milliseconds. */
  async function errorsFire(service: string): Promise<number> {
    const sentAt = Date.now();
    const spans = newSpans(10, { error: true });
    expect(await postOtlp('traces', tracesBody([[service, spans]]))).toBe(200);
    const alert = await eventually(
      `an alert of ${service}`,
      () => webhook.alerts().find(({ labels }) => labels.service_name === service),
      { timeoutMillis: PROBE_MILLIS, intervalMillis: 20 },
    );
    return alert.receivedAtEpochMillis - sentAt;
  }
});

/** By what was sent, how long until it was where it belongs, in milliseconds. */
type Probe = Readonly<Record<string, number>>;

/** A span and a metric, at the same time, from the sender to the backend that a person would ask. */
async function reachBackends(metric: string): Promise<Probe> {
  const [traces, metrics] = await Promise.all([tracesReachTempo(), metricsReachPrometheus(metric)]);
  return { traces, metrics };
}

async function tracesReachTempo(): Promise<number> {
  const sentAt = Date.now();
  const traceId = newTraceId();
  expect(await postOtlp('traces', tracesBody([['probe', newSpans(1, { traceId })]]))).toBe(200);
  await eventually(
    'the trace in Tempo',
    async () => ((await spansOfTrace(traceId)).length > 0 ? true : undefined),
    { timeoutMillis: PROBE_MILLIS, intervalMillis: 50 },
  );
  return Date.now() - sentAt;
}

async function metricsReachPrometheus(name: string): Promise<number> {
  const sentAt = Date.now();
  expect(await postOtlp('metrics', metricsBody('probe', name, 42))).toBe(200);
  await eventually(
    'the metric in Prometheus',
    async () => ((await promQuery(name)).some(({ value }) => value === 42) ? true : undefined),
    { timeoutMillis: PROBE_MILLIS, intervalMillis: 50 },
  );
  return Date.now() - sentAt;
}

function medians(probes: readonly Probe[]): Probe {
  const kinds = Object.keys(probes[0] ?? {});
  return Object.fromEntries(kinds.map((kind) => [kind, median(probes.map((probe) => probe[kind] ?? NaN))]));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function compare(before: readonly Probe[], during: readonly Probe[]): string {
  return `median ms of ${before.length} probes before: ${JSON.stringify(medians(before))}, of ${during.length} during: ${JSON.stringify(medians(during))}`;
}

function disturbed(
  before: readonly Probe[],
  during: readonly Probe[],
): { kind: string; before: number; during: number }[] {
  const now = medians(during);
  return Object.entries(medians(before))
    .map(([kind, millis]) => ({ kind, before: millis, during: now[kind] ?? NaN }))
    .filter(({ before: was, during: is }) => !(is <= was + DISTURBANCE_MILLIS));
}

/** Spans that the Collector could not give to the alert engine: given up after the retries, or no room in the queue. */
async function missedSpans(): Promise<number> {
  const labels = { exporter: 'otlp_http/alerts' };
  const [given, room] = await Promise.all([
    ownMetric(collectorMetrics, 'otelcol_exporter_send_failed_spans', labels),
    ownMetric(collectorMetrics, 'otelcol_exporter_enqueue_failed_spans', labels),
  ]);
  return given + room;
}
