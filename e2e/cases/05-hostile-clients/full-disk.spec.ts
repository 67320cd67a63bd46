import { activeAlerts } from '../../support/engine.ts';
import { CountedSender, describeTally } from '../../support/counted-sender.ts';
import { drained } from '../../support/drain.ts';
import { residentMebibytes } from '../../support/memory.ts';
import { logsBody, metricsBody, newSpans, postOtlp, tracesBody } from '../../support/otlp-http.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { dataPath, Stack } from '../../support/stack.ts';
import { eventually, sleep } from '../../support/wait.ts';

const SERVICES = Array.from({ length: 200 }, (_, index) => `full-disk-${index}`);

/** What an entry of the queues holds at most, but for a single record that is larger. */
const MAX_ENTRY_BYTES = 16 * 1024;
/** A span's ids and two times, or a log line's id and time, are already more. */
const MIN_RECORD_BYTES = 50;
const SMALL_ENTRIES = 'exporters::otlp_grpc/enrichment::sending_queue::batch';

const COLLECTOR_ARGS = [
  '--set=service::telemetry::logs::level=debug',
  '--set=service::telemetry::logs::sampling::enabled=false',
  `--config=yaml:${SMALL_ENTRIES}::min_size: ${MAX_ENTRY_BYTES / 2}`,
  `--config=yaml:${SMALL_ENTRIES}::max_size: ${MAX_ENTRY_BYTES}`,
];
/** As under hostile clients. */
const MAX_RSS_MEBIBYTES = { otelcol: 1024, 'enrichment-processor': 790, 'alert-engine': 640 } as const;
const OTHER_CLIENTS = 20;
const ANSWERED_WITHIN_MILLIS = 30_000;

// The disk is a tmpfs of a few MiB, and to mount one takes root on Linux.
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
if (!isRoot)
  console.warn('Skipped: a full disk is made by mounting a small tmpfs, which takes root on Linux.');

(isRoot ? describe : describe.skip)('a full disk', () => {
  let disk: SmallDisk | undefined;
  let stack: Stack | undefined;
  afterEach(async () => {
    await stack?.stop();
    disk?.unmount();
  });

  it('under the Collector’s queues: senders are told to retry, nothing acknowledged is lost but what it says it dropped', async () => {
    disk = SmallDisk.mount(16);
    stack = await Stack.start({
      programs: [...dataPath, 'tempo', 'loki'],
      changes: { otelcol: { args: COLLECTOR_ARGS, env: { TRACE_COLLECTOR_QUEUE_DIR: disk.directory } } },
    });
    const sender = new CountedSender('full-disk', 40);
    await sleep(2000);
    // A queue that drains reuses its space on disk; only one that grows feels that there is none.
    await Promise.all([stack.program('tempo').stop(), stack.program('loki').stop()]);
    await sleep(2000);
    disk.fill();
    await eventually('push-back', () => fillQueues(sender), { timeoutMillis: 180_000 });
    // Whoever else comes has an answer at once, and it is either "stored" or "try again".
    const others = await Promise.all(Array.from({ length: OTHER_CLIENTS }, anotherClient));
    expect(others.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect((await fetch('http://127.0.0.1:13133')).status).toBe(200);
    const acknowledged = sender.acknowledgedLines;
    disk.free();
    await Promise.all([stack.program('tempo').start(), stack.program('loki').start()]);
    await eventually('acknowledged again', () => sender.acknowledgedLines > acknowledged || undefined, {
      timeoutMillis: 120_000,
    });
    await eventually('another client is served', async () => (await anotherClient()) === 200 || undefined, {
      timeoutMillis: 120_000,
    });
    await sender.stop();
    await drained();
    const [spans, lines] = [await sender.tallySpans(), await sender.tallyLines()];
    const dropped = droppedByTheCollector(stack.program('otelcol').log());
    console.log(
      `full disk: refusals ${sender.describeRefusals()}\n${describeTally('spans', spans)}\n${describeTally('log lines', lines)}\n` +
        `queue entries that the Collector dropped: ${dropped.traces} of traces, ${dropped.logs} of logs`,
    );
    expect(sender.refusalStatuses).toEqual([503]);
    const maxRecords = MAX_ENTRY_BYTES / MIN_RECORD_BYTES;
    expect(spans.lost).toBeLessThanOrEqual(dropped.traces * maxRecords);
    expect(lines.lost).toBeLessThanOrEqual(dropped.logs * maxRecords);
    expectMemoryBounds(stack, ['otelcol', 'enrichment-processor']);
  });

  it('under the alert engine’s state: one line, it goes on judging, and writes its state when it can', async () => {
    disk = SmallDisk.mount(4);
    stack = await Stack.start({
      programs: [...dataPath],
      changes: { 'alert-engine': { env: { TRACE_HOME: disk.directory } } },
    });
    const engine = stack.program('alert-engine');
    disk.fill();
    const body = tracesBody(SERVICES.map((service) => [service, newSpans(10, { error: true })]));
    expect(await postOtlp('traces', body)).toBe(200);
    await allAlertsActive('while the disk is full');
    const errors = await eventually('the engine’s words', () => errorLines(engine.log()), {
      timeoutMillis: 30_000,
    });
    console.log(`the engine's words: ${errors[0] ?? 'none'}`);
    expect(errors.length).toBeLessThan(10);
    expect(errors[0]).toMatch(/disk|full|ENOSPC/i);
    expect((await fetch('http://127.0.0.1:8090/healthz')).status).toBe(200);

    disk.free();
    await eventually(
      'the state is written',
      async () => {
        const { checks } = (await (await fetch('http://127.0.0.1:8090/readyz')).json()) as {
          checks: { state: string };
        };
        return checks.state === 'stored' || undefined;
      },
      { timeoutMillis: 120_000 },
    );
    expectMemoryBounds(stack, ['alert-engine']);
    await engine.kill();
    await engine.start();
    await allAlertsActive('after a kill -9');
  });
});

/** A good request of its own; the status. */
function anotherClient(): Promise<number> {
  const body = metricsBody('full-disk-other', 'e2e_other', 1);
  return postOtlp('metrics', body, { timeoutMillis: ANSWERED_WITHIN_MILLIS });
}

function expectMemoryBounds(stack: Stack, names: readonly (keyof typeof MAX_RSS_MEBIBYTES)[]): void {
  for (const name of names) {
    const peak = residentMebibytes(stack.program(name).pid).highest;
    console.log(`${name} on a full disk: peak RSS ${Math.round(peak)} MiB`);
    expect(peak).toBeLessThan(MAX_RSS_MEBIBYTES[name]);
  }
}

/** Undefined while there are none: what a program logs reaches its file a moment later. */
function errorLines(log: string): string[] | undefined {
  const lines = log.split('\n').filter((line) => line.includes('"level":"error"'));
  return lines.length > 0 ? lines : undefined;
}

/** Requests of a size that does not fit into what is left free inside the queues' files. */
async function fillQueues(sender: CountedSender): Promise<true | undefined> {
  const body = 'x'.repeat(256 * 1024);
  await postOtlp('logs', logsBody('full-disk-bulk', [{ body, timeEpochMillis: Date.now() }]));
  await postOtlp('traces', tracesBody([['full-disk-bulk', newSpans(500, {})]]));
  return sender.retries > 0 || undefined;
}

/**
 * The Collector's persistent queue throws away an entry that it reads while its disk is full, since reading one
 * writes too, and says so on level debug only (docs/data-path.md). Nothing else may be lost; and what was lost
 * fits into the entries that it names.
 */
function droppedByTheCollector(log: string): { traces: number; logs: number } {
  const entries = log.split('\n').filter((line) => line.includes('Failed to dispatch item'));
  const of = (signal: string): number =>
    entries.filter((line) => line.includes(`"otelcol.signal":"${signal}"`)).length;
  return { traces: of('traces'), logs: of('logs') };
}

function allAlertsActive(when: string): Promise<true> {
  return eventually(
    `alerts ${when}`,
    async () => {
      const services = new Set((await activeAlerts()).map(({ labels }) => labels.service_name));
      return SERVICES.every((service) => services.has(service)) || undefined;
    },
    { timeoutMillis: 60_000 },
  );
}
