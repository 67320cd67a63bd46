import { logLines, ownMetric, spansOfTrace } from '../../support/backends.ts';
import { CountedSender, describeTally } from '../../support/counted-sender.ts';
import { describeWithKafka } from '../../support/kafka.ts';
import { logsBody, newSpans, newTraceId, postOtlp, tracesBody } from '../../support/otlp-http.ts';
import { seeded, shuffled } from '../../support/random.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { KafkaRoad, POD, readerMetrics } from './road.ts';

const SEED = Number(process.env.TRACE_E2E_SEED ?? 20_261_127);
const KILLS_EACH = 2;
/** The reader's queue for Tempo is full long before all of these are in it. */
const BURST_REQUESTS = 60;
const SPANS_PER_REQUEST = 250;
const SMALL_QUEUE = '--config=yaml:exporters::otlp_grpc/tempo::sending_queue::queue_size: 300000';
/** A message at a time: the lag is measured when what one fetch brought has been taken. */
const SMALL_FETCHES = '--config=yaml:receivers::kafka/traces::max_partition_fetch_size: 1000';

const lagOf = (topic: string): Promise<number> =>
  ownMetric(readerMetrics, 'otelcol_kafka_receiver_offset_lag', { topic });

describeWithKafka('the road through Kafka', () => {
  let road: KafkaRoad;
  beforeAll(async () => {
    road = await KafkaRoad.start([SMALL_QUEUE, SMALL_FETCHES]);
  });
  afterAll(() => road.stop());

  it('loses nothing that was acknowledged while reader, broker and gateway are killed', async () => {
    const random = seeded(SEED);
    const kill = {
      reader: async () => {
        await road.reader.kill();
        await sleep(random() * 600);
        await road.reader.start();
      },
      gateway: async () => {
        await road.gateway.kill();
        await sleep(random() * 600);
        await road.gateway.start();
      },
      broker: () => road.kafka.killAndStart(),
    };
    const order = shuffled(
      Object.values(kill).flatMap((each) => Array.from({ length: KILLS_EACH }, () => each)),
      random,
    );
    const sender = new CountedSender('kafka-road', 20);
    for (const each of order) {
      await sleep(500 + random() * 1500);
      await each();
    }
    await sleep(1000);
    await sender.stop();
    const tallies = {
      spans: await sender.tallySpans(),
      'log lines': await sender.tallyLines(),
      'metric points': await sender.tallyPoints(),
    };
    const texts = Object.entries(tallies).map(([what, tally]) => describeTally(what, tally));
    console.log(
      `seed ${SEED}, ${order.length} kills, refusals: ${sender.describeRefusals()}\n${texts.join('\n')}`,
    );
    for (const { acknowledged, lost } of Object.values(tallies)) {
      expect(acknowledged).toBeGreaterThan(200);
      expect(lost).toBe(0);
    }
  });

  it('keeps whose pod it was', async () => {
    const traceId = newTraceId();
    const body = newTraceId();
    const since = Date.now();
    expect(await postOtlp('traces', tracesBody([['pod', newSpans(1, { traceId })]]))).toBe(200);
    expect(await postOtlp('logs', logsBody('pod', [{ body, timeEpochMillis: since }]))).toBe(200);
    const wanted = { timeoutMillis: 180_000 };
    const [span] = await eventually(
      'the span in Tempo',
      async () => {
        const spans = await spansOfTrace(traceId);
        return spans.length === 0 ? undefined : spans;
      },
      wanted,
    );
    expect(span?.resource).toMatchObject({
      'k8s.pod.name': POD.name,
      'k8s.namespace.name': POD.namespace,
      'k8s.pod.ip': '127.0.0.1',
    });
    const line = await eventually(
      'the line in Loki',
      async () =>
        (await logLines('{service_name="pod"}', { startEpochMillis: since - 1000 })).find(
          (found) => found.line === body,
        ),
      wanted,
    );
    expect(line.labels.k8s_pod_name).toBe(POD.name);
  });

  it('takes a burst while Tempo is down: it waits in Kafka, to be seen as lag, and other signals go on', async () => {
    await road.stack.program('tempo').stop();
    const traceIds: string[] = [];
    for (let request = 0; request < BURST_REQUESTS; request += 1) {
      const traceId = newTraceId();
      const spans = newSpans(SPANS_PER_REQUEST, { traceId });
      expect(await postOtlp('traces', tracesBody([['burst', spans]]))).toBe(200);
      traceIds.push(traceId);
    }
    const logsOnly = new CountedSender('beside-the-burst', 40, ['logs']);
    const waiting = await eventually(
      'the group lags',
      async () => {
        const positions = await road.kafka.positions('trace-traces');
        return positions.reduce((sum, { lag }) => sum + lag, 0) || undefined;
      },
      { timeoutMillis: 300_000 },
    );
    await sleep(2000);
    await logsOnly.stop();
    const lines = await logsOnly.tallyLines();
    let mostLag = 0;
    const read = new AbortController();
    // It is over within moments, and begins before Tempo says that it is ready.
    const watch = (async () => {
      while (!read.signal.aborted) {
        mostLag = Math.max(mostLag, await lagOf('trace-traces'));
        await sleep(20);
      }
    })();
    await road.stack.program('tempo').start();
    await eventually(
      'the backlog is read',
      async () => {
        const positions = await road.kafka.positions('trace-traces');
        return positions.every(({ lag }) => lag === 0) || undefined;
      },
      { timeoutMillis: 300_000 },
    );
    read.abort();
    await watch;
    const missing = new Set(traceIds);
    await eventually(
      'every span of the burst in Tempo',
      async () => {
        for (const traceId of missing) {
          const found = await spansOfTrace(traceId);
          if (found.length < SPANS_PER_REQUEST) throw new Error(`${missing.size} traces are not whole`);
          missing.delete(traceId);
        }
        return true;
      },
      { timeoutMillis: 180_000, intervalMillis: 1000 },
    );
    console.log(
      `a burst of ${traceIds.length * SPANS_PER_REQUEST} spans: ${waiting} messages behind by the broker's count, ${mostLag} by the ` +
        `reader's metric; ${describeTally('log lines meanwhile', lines)}`,
    );
    expect(lines.acknowledged).toBeGreaterThan(100);
    expect(lines.lost).toBe(0);
    expect(mostLag).toBeGreaterThan(0);
  });

  it('passes over a message that is no OTLP, and counts it', async () => {
    await road.kafka.produce('trace-logs', 'not a protobuf message');
    await eventually(
      'it is counted',
      async () =>
        (await ownMetric(readerMetrics, 'otelcol_kafka_receiver_unmarshal_failed_log_records')) || undefined,
      { timeoutMillis: 300_000 },
    );
    const after = new CountedSender('after-the-message', 40, ['logs']);
    await sleep(2000);
    await after.stop();
    const { acknowledged, lost } = await after.tallyLines();
    expect(acknowledged).toBeGreaterThan(0);
    expect(lost).toBe(0);
  });
});
