import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectorMetrics, ownMetric, promQuery, tempoUrl } from '../../support/backends.ts';
import { CountedSender, describeTally } from '../../support/counted-sender.ts';
import { EVERYDAY_REQUESTS, SteadyLoad } from '../../support/gateway.ts';
import { OtlpCapture } from '../../support/otlp-capture.ts';
import { root } from '../../support/paths.ts';
import { seeded, shuffled } from '../../support/random.ts';
import { backends, dataPath, sampleServices, Stack } from '../../support/stack.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { missingOf, sendBacklog, tempoCounters } from './backlog.ts';
import { drained } from '../../support/drain.ts';

const SEED = Number(process.env.TRACE_E2E_SEED ?? 20_261_122);
const KILLS_EACH = 10;
const BACKLOG_TRACES = 100_000;
const BACKLOG_LOOKUPS = 2000;
/** Of a machine that does other things besides, one kill of a few is measured well. */
const MAX_TEMPO_KILLS = 3;
const KILLED = ['enrichment-processor', 'otelcol', 'loki', 'prometheus', 'alert-engine'] as const;

describe('kill -9 at any moment, under load', () => {
  /** Beside Tempo and Loki, which show once what came twice: sees each arrival at the fan-out. */
  const witness = new OtlpCapture();
  const folder = mkdtempSync(join(tmpdir(), 'trace-e2e-kills-'));
  let stack: Stack;

  beforeAll(async () => {
    await witness.start();
    const env = patientServices(folder);
    stack = await Stack.start({
      programs: [...backends, ...dataPath, ...sampleServices],
      changes: {
        otelcol: { args: fanOutTo(witness.address) },
        ...Object.fromEntries(sampleServices.map((name) => [name, { env }])),
      },
    });
  });
  afterAll(async () => {
    await stack.stop();
    await witness.stop();
    rmSync(folder, { recursive: true });
  });

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
        const counted = calls?.value ?? 0;
        return counted + (await tooOldForTempo()) >= spans.found ? counted : undefined;
      },
      { timeoutMillis: 180_000, intervalMillis: 1000 },
    );
    const twice = Math.max(0, arrivals - spans.found);
    console.log(
      `seed ${SEED}, ${order.length} kills, refusals of the sender: ${sender.describeRefusals()}\n` +
        `${describeTally('spans', spans)}\n${describeTally('log lines', lines)}\n` +
        `${describeTally('metric points', points)}\n` +
        `came twice to Tempo’s generator: ${share(twice, spans.found)} of the spans; to the fan-out, by id: ` +
        `${shareTwice(witness.spanIds('kill-nine'))} of the spans, ` +
        `${shareTwice(witness.logs('kill-nine').map(({ body }) => String(body)))} of the log lines\n` +
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
    expect(witness.spanIds('kill-nine').length).toBeGreaterThanOrEqual(spans.acknowledged);
    expect(witness.logs('kill-nine').length).toBeGreaterThanOrEqual(lines.acknowledged);
  });

  it('loses nothing when Tempo, or the Collector, is stopped with SIGTERM', async () => {
    const sender = new CountedSender('sigterm', 40);
    const load = new SteadyLoad(EVERYDAY_REQUESTS, 5);
    for (const name of ['tempo', 'otelcol', 'tempo'] as const) {
      await sleep(1500);
      await stack.program(name).stop();
      await sleep(500);
      await stack.program(name).start();
    }
    await sleep(500);
    await sender.stop();
    const requests = await load.stop();
    await drained();
    const spans = await sender.tallySpans();
    const lines = await sender.tallyLines();
    console.log(`SIGTERM\n${describeTally('spans', spans)}\n${describeTally('log lines', lines)}`);
    expect(requests.sent).toBeGreaterThan(10);
    expect(load.failures).toEqual([]);
    expect(spans.acknowledged).toBeGreaterThan(100);
    expect([spans.lost, lines.lost]).toEqual([0, 0]);
  });

  it('loses at most 2 s of spans when Tempo itself is killed: its live traces are in memory', async () => {
    let lostSeconds = Infinity;
    for (let kill = 1; lostSeconds > 2 && kill <= MAX_TEMPO_KILLS; kill += 1) {
      lostSeconds = await lostByKillOfTempo(`tempo-killed-${kill}`);
    }
    expect(lostSeconds).toBeLessThanOrEqual(2);
  });

  async function lostByKillOfTempo(service: string): Promise<number> {
    const before = await receivedByTempo();
    const sender = new CountedSender(service, 40, ['traces']);
    await eventually(
      'Tempo takes spans',
      async () => ((await receivedByTempo()) > before ? true : undefined),
      {
        timeoutMillis: 120_000,
      },
    );
    const [from, since] = [sender.acknowledgedSpans, Date.now()];
    await sleep(4000);
    // What stands in its memory came at the rate of the moment, whatever a slow restart makes of the average.
    const spansPerSecond = (sender.acknowledgedSpans - from) / ((Date.now() - since) / 1000);
    await stack.program('tempo').kill();
    await stack.program('tempo').start();
    await sleep(1000);
    await sender.stop();
    await drained();
    const spans = await sender.tallySpans();
    const lostSeconds = spans.lost / spansPerSecond;
    console.log(
      `Tempo killed with -9\n${describeTally('spans', spans)}, or ${lostSeconds.toFixed(2)} s of spans`,
    );
    return lostSeconds;
  }

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
      { timeoutMillis: 600_000, intervalMillis: 500 },
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

/** Sample services that do not give each other up as soon as a busy machine is slow; one that hangs fails all the same. */
function patientServices(folder: string): NodeJS.ProcessEnv {
  const file = join(folder, 'sim-service.yaml');
  const shipped = readFileSync(join(root, 'apps/sim-service/config/sim-service.yaml'), 'utf8');
  writeFileSync(file, shipped.replace(/(callTimeout|answerTimeout): \ds$/gm, '$1: 50s'));
  return { TRACE_SIM_SERVICE_CONFIG: file };
}

/** One more exporter of spans and log lines, without a queue: the fan-out acknowledges when it has them too. */
function fanOutTo(endpoint: string): string[] {
  const exporter = 'otlp_grpc/witness';
  const pipeline = `{receivers: [otlp/enriched], exporters: [${exporter}]}`;
  return [
    `exporters::${exporter}: {endpoint: "${endpoint}", tls: {insecure: true}, sending_queue: {enabled: false}}`,
    `service::pipelines::traces/witness: ${pipeline}`,
    `service::pipelines::logs/witness: ${pipeline}`,
  ].map((setting) => `--config=yaml:${setting}`);
}

function shareTwice(ids: readonly string[]): string {
  const once = new Set(ids).size;
  return share(ids.length - once, once);
}

function share(count: number, of: number): string {
  return `${count} (${((100 * count) / of).toFixed(2)} %)`;
}

/** Spans that Tempo's generator left out because they were held up for longer than its slack. */
function tooOldForTempo(): Promise<number> {
  return ownMetric(`${tempoUrl}/metrics`, 'tempo_metrics_generator_spans_discarded_total');
}

async function receivedByTempo(): Promise<number> {
  return (await tempoCounters()).received;
}
