import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OtlpForwarder } from '@trace/otlp';
import { freePorts } from '@trace/telemetry/testing';
import { describeMachine } from '../shared/machine.ts';
import { table, writeBetween } from '../shared/markdown.ts';
import { encodePayload } from '../shared/payload.ts';
import { median } from '../shared/statistics.ts';
import { checkAttributes } from './check-attributes.ts';
import { Helper } from '../shared/helper.ts';
import { ROWS, type Row } from './rows.ts';
import type { Subject } from '../shared/subject.ts';
import { startCollector, startProcessor } from './subjects.ts';

/**
 * How many records one second of CPU time carries over the enrichment hop: our processor and a Go Collector that
 * adds the same attributes, with the same sender, sink and requests, in turns. CPU time rather than wall time,
 * since sender and sink share the machine with what is measured.
 *
 * --write puts the table into docs/performance.md and the README; --rows=text takes only rows with this in their name.
 */

const CONCURRENCY = 8;
const ROUNDS = 5;
const PODS = 1000;
const PAGES = ['docs/performance.md', 'README.md'].map((page) => join(import.meta.dirname, '..', '..', page));

const { values: flags } = parseArgs({
  options: { write: { type: 'boolean', default: false }, rows: { type: 'string', default: '' } },
});

interface Measured {
  readonly row: Row;
  readonly bytes: number;
  /** Medians: ours, then the Collector's. */
  readonly rates: readonly [number, number];
  /** The median of the rounds' own ratios. */
  readonly ratio: number;
  readonly memory: readonly [number, number];
}

async function main(): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error('bench:hop reads CPU times from /proc, so it needs Linux');
  const binary = process.env.TRACE_BIN_OTELCOL;
  if (binary === undefined)
    throw new Error('TRACE_BIN_OTELCOL names no Collector; `npm run bench:hop` sets it');
  const folder = mkdtempSync(join(tmpdir(), 'trace-bench-hop-'));
  const sink = new Helper(join(import.meta.dirname, 'sink.ts'));
  let cluster: Helper | undefined;
  try {
    const { port: sinkPort } = await sink.answer<{ port: number }>();
    let kubeconfig: string | undefined;
    if (process.env.TRACE_BIN_KUBE_APISERVER !== undefined) {
      cluster = new Helper(join(import.meta.dirname, 'cluster.ts'), [String(PODS)]);
      ({ kubeconfig } = await cluster.answer<{ kubeconfig: string }>());
    }
    const about = [
      `${describeMachine()}, ${execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim()}`,
      `${ROUNDS} rounds in turns, ${CONCURRENCY} requests at a time on one connection; ` +
        (kubeconfig === undefined
          ? 'no cluster, so without metadata of pods'
          : `metadata of ${PODS} pods from a real API server`),
    ];
    console.log(about.join('\n'));
    const measured: Measured[] = [];
    for (const privacy of [false, true]) {
      const rows = ROWS.filter((row) => row.privacy === privacy && row.name.includes(flags.rows));
      if (rows.length === 0) continue;
      const [port = 0, httpPort = 0, collectorPort = 0] = await freePorts(3);
      const setting = { folder, httpPort, sinkPort, kubeconfig, privacy };
      const ours = startProcessor({ ...setting, port });
      const theirs = startCollector({ ...setting, port: collectorPort }, binary);
      try {
        await ours.ready(`http://127.0.0.1:${httpPort}/readyz`);
        await theirs.ready();
        for (const row of rows)
          measured.push(await measure(row, [ours, theirs], sink, kubeconfig !== undefined));
      } finally {
        await Promise.all([ours.stop(), theirs.stop()]);
      }
    }
    const text = [...about.map((line) => `${line}.`), '', asTable(measured)].join('\n');
    console.log(`\n${asTable(measured)}`);
    if (flags.write) for (const page of PAGES) writeBetween(page, 'bench:hop', text);
  } finally {
    await Promise.all([sink.stop(), cluster?.stop()]);
    rmSync(folder, { recursive: true });
  }
}

async function measure(
  row: Row,
  subjects: readonly [Subject, Subject],
  sink: Helper,
  withPods: boolean,
): Promise<Measured> {
  const payload = encodePayload(row);
  const records = row.resources * row.recordsPerResource;
  const senders = subjects.map(
    ({ port }) =>
      new OtlpForwarder({
        endpoint: `127.0.0.1:${port}`,
        timeoutMillis: 20_000,
        keepaliveMillis: 30_000,
        keepaliveTimeoutMillis: 10_000,
        maxReconnectMillis: 100,
        maxResponseBytes: 1024 * 1024,
        compression: row.compression,
      }),
  );
  // Warm-up, and a look at what arrives: figures of different work could not be compared.
  const arrived: unknown[] = [];
  for (const [index, subject] of subjects.entries()) {
    await send(senders[index], row, payload);
    arrived.push((await sink.answer<{ resources: unknown }>('resources')).resources);
    subject.resetPeakMemory();
  }
  checkAttributes(arrived, row, withPods);

  const rates: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      const before = subject.cpuSeconds();
      await send(senders[index], row, payload);
      rates[index]?.push((row.requestsARound * records) / (subject.cpuSeconds() - before));
    }
  }
  for (const sender of senders) sender.close();

  const [ours = [], theirs = []] = rates;
  const ratios = ours.map((rate, index) => rate / (theirs[index] ?? NaN));
  const [a, b] = subjects;
  const measured = {
    row,
    bytes: payload.length,
    rates: [median(ours), median(theirs)],
    ratio: median(ratios),
    memory: [a.peakMemoryMebibytes(), b.peakMemoryMebibytes()],
  } as const;
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  console.log(`${row.name}: ${measured.ratio.toFixed(2)} : 1 (rounds from ${least} to ${most})`);
  return measured;
}

async function send(sender: OtlpForwarder | undefined, row: Row, payload: Buffer): Promise<void> {
  let left = row.requestsARound;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await sender?.export(row.signal, payload);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

function asTable(measured: readonly Measured[]): string {
  const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
  return table(
    ['request', 'bytes', 'ours, records/CPU-s', 'Go Collector', 'ratio', 'our peak RSS, MiB', "Go's, MiB"],
    measured.map(({ row, bytes, rates, ratio, memory }) => [
      row.name,
      whole(bytes),
      ...rates.map(whole),
      `**${ratio.toFixed(2)}**`,
      ...memory.map(whole),
    ]),
  );
}

main().catch((error: unknown) => {
  console.error(`bench:hop: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
