import { collectorMetrics, ownMetric, promQuery } from '../../support/backends.ts';
import { CountedSender, describeTally } from '../../support/counted-sender.ts';
import { EVERYDAY_REQUESTS, SteadyLoad } from '../../support/gateway.ts';
import { seeded, shuffled } from '../../support/random.ts';
import { backends, dataPath, sampleServices, Stack } from '../../support/stack.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { missingOf, sendBacklog, tempoCounters } from './backlog.ts';
import { drained } from '../../support/drain.ts';

const SEED = Number(process.env.TRACE_E2E_SEED ?? 20_261_122);
const KILLS_EACH = 10;
const BACKLOG_TRACES = 100_000;
const BACKLOG_LOOKUPS = 2000;
const KILLED = ['enrichment-processor', 'otelcol', 'loki', 'prometheus', 'alert-engine'] as const;

describe('kill -9 at any moment, under load', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ programs: [...backends, ...dataPath, ...sampleServices] });
  });
  afterAll(() => stack.stop());

  it(`loses nothing that was acknowledged: ${KILLED.join(', ')}, ${KILLS_EACH} times each`, async () => {
    const random = seeded(SEED);
    const order = shuffled(
      KILLED.flatMap((name) => Array.from({ length: KILLS_EACH }, () => name)),
      random,
    );
    const sender = new CountedSender('kill-nine', 40);
    const load = new SteadyLoad(EVERYDAY_REQUESTS, 5);
    for (const name of order) {
      await sleep(300 + random() * 1200);
      await stack.program(name).kill();
      await sleep(random() * 600);
      await stack.program(name).start();
    }
    await sleep(1000);
    await sender.stop();
    const requests = await load.stop();
    await drained();

    const spans = await sender.tallySpans();
    const lines = await sender.tallyLines();
    const points = await sender.tallyPoints();
    // Tempo and Loki show a record that came twice once; Tempo's generator counts each arrival.
    const arrivals = await eventually(
      'RED metrics of every span',
      async () => {
        const [calls] = await promQuery('sum(traces_spanmetrics_calls_total{service="kill-nine"})');
        return (calls?.value ?? 0) >= spans.found ? calls?.value : undefined;
      },
      { timeoutMillis: 180_000, intervalMillis: 1000 },
    );
    const twice = arrivals - spans.found;
    console.log(
      `seed ${SEED}, ${order.length} kills, refusals of the sender: ${sender.describeRefusals()}\n` +
        `${describeTally('spans', spans)}\n${describeTally('log lines', lines)}\n` +
        `${describeTally('metric points', points)}\n` +
        `spans that came twice: ${twice} (${((100 * twice) / spans.found).toFixed(2)} %)\n` +
        `sample services: ${requests.sent} requests, ${requests.failed} failed ${load.failures.slice(0, 3).join('; ')}`,
    );
    expect(spans.acknowledged).toBeGreaterThan(1000);
    expect(lines.acknowledged).toBeGreaterThan(1000);
    expect(spans.lost).toBe(0);
    expect(lines.lost).toBe(0);
    expect(points.acknowledged).toBeGreaterThan(1000);
    expect(points.lost).toBe(0);
    expect(requests.sent).toBeGreaterThan(100);
    expect(requests.failed).toBe(0);
  });

  it('loses nothing when Tempo, or the Collector, is stopped with SIGTERM', async () => {
    const sender = new CountedSender('sigterm', 40);
    for (const name of ['tempo', 'otelcol', 'tempo'] as const) {
      await sleep(1500);
      await stack.program(name).stop();
      await sleep(500);
      await stack.program(name).start();
    }
    await sleep(500);
    await sender.stop();
    await drained();
    const spans = await sender.tallySpans();
    const lines = await sender.tallyLines();
    console.log(`SIGTERM\n${describeTally('spans', spans)}\n${describeTally('log lines', lines)}`);
    expect(spans.acknowledged).toBeGreaterThan(100);
    expect([spans.lost, lines.lost]).toEqual([0, 0]);
  });

  it('loses at most 2 s of spans when Tempo itself is killed: its live traces are in memory', async () => {
    const before = await receivedByTempo();
    const sender = new CountedSender('tempo-killed', 40, ['traces']);
    const startedAt = Date.now();
    await eventually(
      'Tempo takes spans',
      async () => ((await receivedByTempo()) > before ? true : undefined),
      {
        timeoutMillis: 120_000,
      },
    );
    await sleep(4000);
    await stack.program('tempo').kill();
    await stack.program('tempo').start();
    await sleep(1000);
    await sender.stop();
    const spansPerSecond = sender.acknowledgedSpans / ((Date.now() - startedAt) / 1000);
    await drained();
    const spans = await sender.tallySpans();
    const lostSeconds = spans.lost / spansPerSecond;
    console.log(
      `Tempo killed with -9\n${describeTally('spans', spans)}, or ${lostSeconds.toFixed(2)} s of spans`,
    );
    expect(lostSeconds).toBeLessThanOrEqual(2);
  });

  it('drains a backlog of 100,000 one-span traces with nothing failed and nothing discarded', async () => {
    await stack.program('tempo').stop();
    const failedBefore = await ownMetric(collectorMetrics, 'otelcol_exporter_send_failed_spans', {
      exporter: 'otlp_grpc/tempo',
    });
    const sent = await sendBacklog(BACKLOG_TRACES);
    await stack.program('tempo').start();
    const { received, discarded } = await eventually(
      'the whole backlog in Tempo',
      async () => {
        const counters = await tempoCounters();
        return counters.received + counters.discarded >= BACKLOG_TRACES ? counters : undefined;
      },
      { timeoutMillis: 180_000, intervalMillis: 500 },
    );
    await drained();
    const failed =
      (await ownMetric(collectorMetrics, 'otelcol_exporter_send_failed_spans', {
        exporter: 'otlp_grpc/tempo',
      })) - failedBefore;
    console.log(
      `backlog: ${received} spans received by Tempo, ${discarded} discarded, ${failed} send_failed`,
    );
    const missing = await missingOf(sent, BACKLOG_LOOKUPS);
    console.log(`of ${BACKLOG_LOOKUPS} of these traces, looked up by id, ${missing} are missing`);
    expect(missing).toBe(0);
    expect(received).toBeGreaterThanOrEqual(BACKLOG_TRACES);
    expect([failed, discarded]).toEqual([0, 0]);
  });
});

async function receivedByTempo(): Promise<number> {
  return (await tempoCounters()).received;
}
