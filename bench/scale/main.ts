import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Signal } from '@trace/otlp';
import type { ProgramName } from '../../launcher/src/programs/program.ts';
import { collectorMetrics, ownMetric, prometheusUrl, tempoUrl, lokiUrl } from '../../e2e/support/backends.ts';
import { eventually, sleep } from '../../e2e/support/wait.ts';
import { describeMachine } from '../shared/machine.ts';
import { table, writeBetween } from '../shared/markdown.ts';
import { Platform } from './platform.ts';
import { newRequest, RECORDS_PER_REQUEST } from './payload.ts';

/**
 * What a record costs on its whole way: CPU time of each program, by signal, at two rates, and bytes on the disk of
 * the backend. CPU time and not the clock, so that other work on the machine does little to it.
 */

const IDLE_MILLIS = 10_000;
const ROUND_MILLIS = 15_000;
const RATES = [1000, 4000];
const SIGNALS = ['traces', 'logs', 'metrics'] as const;
const BACKEND = { traces: 'tempo', logs: 'loki', metrics: 'prometheus' } as const;
const EXPORTERS = ['otlp_grpc/enrichment', 'otlp_grpc/tempo', 'otlp_http/loki', 'otlp_http/prometheus'];
const PAGE = join(import.meta.dirname, '../../docs/scale.md');
const ON_THE_WAY = ['otelcol', 'enrichment-processor'] as const;
const PROGRAMS: readonly ProgramName[] = [...ON_THE_WAY, 'tempo', 'loki', 'prometheus'];

const { values: flags } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

interface Round {
  readonly signal: Signal;
  readonly rate: number;
  readonly records: number;
  readonly bytes: number;
  /** Microseconds a record, of the programs on its way. */
  readonly micros: Readonly<Record<string, number>>;
}

class Bench {
  #sent = 0;
  #idle: Readonly<Record<string, number>> = {};

  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async idle(): Promise<void> {
    const before = this.#cpu();
    await sleep(IDLE_MILLIS);
    const after = this.#cpu();
    this.#idle = Object.fromEntries(
      PROGRAMS.map((name) => [name, ((after[name] ?? 0) - (before[name] ?? 0)) / (IDLE_MILLIS / 1000)]),
    );
  }

  async round(signal: Signal, rate: number): Promise<Round> {
    const began = Date.now();
    const before = this.#cpu();
    let records = 0;
    let bytes = 0;
    const pauseMillis = (1000 * RECORDS_PER_REQUEST) / rate;
    while (Date.now() - began < ROUND_MILLIS) {
      const body = newRequest(signal, this.#sent++);
      const next = Date.now() + pauseMillis;
      const headers = { 'content-type': 'application/x-protobuf' };
      const answer = await fetch(`http://127.0.0.1:4318/v1/${signal}`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`${signal}: ${answer.status}`);
      records += RECORDS_PER_REQUEST;
      bytes += body.length;
      await sleep(Math.max(0, next - Date.now()));
    }
    await drained();
    const after = this.#cpu();
    const seconds = (Date.now() - began) / 1000;
    const micros = (name: string): number =>
      (1e6 * ((after[name] ?? 0) - (before[name] ?? 0) - (this.#idle[name] ?? 0) * seconds)) / records;
    const names = [...ON_THE_WAY, BACKEND[signal]];
    return {
      signal,
      rate,
      records,
      bytes,
      micros: Object.fromEntries(names.map((name) => [name, micros(name)])),
    };
  }

  #cpu(): Record<string, number> {
    return Object.fromEntries(PROGRAMS.map((name) => [name, this.#platform.cpuSeconds(name)]));
  }
}

async function drained(): Promise<void> {
  await eventually(
    'the queues are empty',
    async () => {
      const sizes = await Promise.all(
        EXPORTERS.map((exporter) => ownMetric(collectorMetrics, 'otelcol_exporter_queue_size', { exporter })),
      );
      return sizes.every((size) => size === 0) || undefined;
    },
    { timeoutMillis: 180_000, intervalMillis: 250 },
  );
  await sleep(2000);
}

async function post(url: string): Promise<string> {
  const answer = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(60_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return await answer.text();
}

/** Everything to the files that stay: blocks of Tempo and Prometheus, chunks of Loki. Bytes a record, by signal. */
async function onDisk(
  home: string,
  count: Readonly<Record<Signal, number>>,
): Promise<Record<Signal, number>> {
  const data = join(home, 'data');
  await post(`${tempoUrl}/flush`);
  await post(`${lokiUrl}/flush`);
  const snapshot = JSON.parse(await post(`${prometheusUrl}/api/v1/admin/tsdb/snapshot`)) as {
    data: { name: string };
  };
  const blocks = join(data, 'prometheus/snapshots', snapshot.data.name);
  const [block = ''] = readdirSync(blocks);
  const meta = JSON.parse(readFileSync(join(blocks, block, 'meta.json'), 'utf8')) as {
    stats: { numSamples: number };
  };
  const settled = async (folder: string): Promise<number> => {
    let before = -1;
    return eventually(
      `${folder} stays as it is`,
      async () => {
        const now = bytesIn(folder);
        if (now > 0 && now === before) return now;
        before = now;
        return Promise.resolve(undefined);
      },
      { timeoutMillis: 120_000, intervalMillis: 5000 },
    );
  };
  return {
    traces: (await settled(join(data, 'tempo/blocks'))) / count.traces,
    logs: (await settled(join(data, 'loki/chunks'))) / count.logs,
    // The platform's own and the generator's samples are in it: of all samples there are.
    metrics: bytesIn(join(blocks, block)) / meta.stats.numSamples,
  };
}

async function main(): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error('bench:scale reads CPU times from /proc, so it needs Linux');
  const platform = new Platform();
  try {
    await platform.start(PROGRAMS, { prometheus: ['--web.enable-admin-api'] });
    const bench = new Bench(platform);
    // Caches and compilers are warm, and the first blocks cut, before anything is counted.
    for (const signal of SIGNALS) await bench.round(signal, 1000);
    await bench.idle();
    const rounds: Round[] = [];
    const count = { traces: 0, logs: 0, metrics: 0 };
    for (const rate of RATES) {
      for (const signal of SIGNALS) {
        const round = await bench.round(signal, rate);
        console.log(JSON.stringify(round));
        rounds.push(round);
      }
    }
    for (const signal of SIGNALS) {
      // The warm-up's are on the disk too.
      count[signal] = await received(signal);
    }
    const disk = await onDisk(platform.home, count);
    const text = `${describeMachine()}.\n\n${asTable(rounds, disk)}`;
    console.log(text);
    if (flags.write) writeBetween(PAGE, 'bench:scale', text);
  } finally {
    await platform.stop();
  }
}

/** What the Collector has handed to the signal's backend. */
function received(signal: Signal): Promise<number> {
  const exporter = { traces: 'otlp_grpc/tempo', logs: 'otlp_http/loki', metrics: 'otlp_http/prometheus' }[
    signal
  ];
  const name = { traces: 'spans', logs: 'log_records', metrics: 'metric_points' }[signal];
  return ownMetric(collectorMetrics, `otelcol_exporter_sent_${name}`, { exporter });
}

/** Under a microsecond it is the noise of what the program does at rest. */
const whole = (micros: number): string => (micros < 1 ? '< 1' : micros.toFixed(0));

function asTable(rounds: readonly Round[], disk: Readonly<Record<Signal, number>>): string {
  const name = { traces: 'span', logs: 'log line', metrics: 'sample' };
  return table(
    [
      'record',
      'a second',
      'bytes of OTLP',
      'Collector, µs',
      'enrichment, µs',
      'backend, µs',
      'bytes on disk',
    ],
    rounds.map(({ signal, records, bytes, micros }) => [
      name[signal],
      // A busy machine sends fewer than it was asked to.
      Math.round(records / (ROUND_MILLIS / 1000)).toLocaleString('en-US'),
      (bytes / records).toFixed(0),
      ...[...ON_THE_WAY, BACKEND[signal]].map((program) => whole(micros[program] ?? NaN)),
      disk[signal].toFixed(signal === 'metrics' ? 1 : 0),
    ]),
  );
}

main().catch((error: unknown) => {
  console.error(`bench:scale: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
