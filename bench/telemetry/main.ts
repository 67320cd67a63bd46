import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Helper } from '../shared/helper.ts';
import { describeMachine } from '../shared/machine.ts';
import { table, writeBetween } from '../shared/markdown.ts';
import { median } from '../shared/statistics.ts';
import type { Subject } from '../shared/subject.ts';
import { steadyLoad } from './load.ts';
import { Services, type Variant } from './services.ts';

/**
 * What libs/telemetry costs a service: the gateway with the SDK off, with parts of it, and with all of it, under the
 * same load in turns. A request is HTTP in, one gRPC call out, one log line.
 *
 * --write puts the table into docs/telemetry-cost.md.
 */

const PER_SECOND = 500;
const ROUND_MILLIS = 4000;
const ROUNDS = 5;
const PAGE = join(import.meta.dirname, '..', '..', 'docs/telemetry-cost.md');

const { values: flags } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

interface Measured {
  readonly cpuMicrosPerRequest: number[];
  readonly p50Millis: number[];
  readonly p99Millis: number[];
}

function variantsFor(endpoint: string): Variant[] {
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const without = (...signals: readonly string[]): Record<string, string> =>
    Object.fromEntries(signals.map((signal) => [`OTEL_${signal}_EXPORTER`, 'none']));
  return [
    { name: 'off', env: { OTEL_SDK_DISABLED: 'true' } },
    { name: 'traces', env: { ...on, ...without('LOGS', 'METRICS') } },
    { name: 'traces and logs', env: { ...on, ...without('METRICS') } },
    {
      name: 'all, 10 % of the traces',
      env: { ...on, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
    },
    { name: 'all', env: on },
  ];
}

async function main(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('it reads CPU times from /proc, so it needs Linux');
  const folder = mkdtempSync(join(tmpdir(), 'trace-bench-telemetry-'));
  const sink = new Helper(join(import.meta.dirname, 'sink.ts'));
  let services: Services | undefined;
  try {
    const { port } = await sink.answer<{ port: number }>();
    const variants = variantsFor(`http://127.0.0.1:${port}`);
    services = await Services.start(folder, variants);
    const about = `${describeMachine()}; ${PER_SECOND} requests/s, ${ROUNDS} rounds of ${ROUND_MILLIS / 1000} s in turns.`;
    console.log(about);
    const measured = new Map<Subject, Measured>();
    for (const gateway of services.gateways) {
      await steadyLoad(urlOf(gateway), PER_SECOND, ROUND_MILLIS); // warm-up
      gateway.resetPeakMemory();
      measured.set(gateway, { cpuMicrosPerRequest: [], p50Millis: [], p99Millis: [] });
    }
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const gateway of services.gateways) await measure(gateway, measured.get(gateway));
      console.log(`round ${round} of ${ROUNDS}`);
    }
    const text = asTable(measured);
    console.log(`\n${text}`);
    if (flags.write) writeBetween(PAGE, 'bench:telemetry', `${about}\n\n${text}`);
  } finally {
    await Promise.all([services?.stop(), sink.stop()]);
    rmSync(folder, { recursive: true });
  }
}

const urlOf = ({ port }: Subject): string => `http://127.0.0.1:${port}/api/v1/users/1`;

async function measure(gateway: Subject, measured: Measured | undefined): Promise<void> {
  const before = gateway.cpuSeconds();
  const took = await steadyLoad(urlOf(gateway), PER_SECOND, ROUND_MILLIS);
  const cpuSeconds = gateway.cpuSeconds() - before;
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  measured?.cpuMicrosPerRequest.push((cpuSeconds * 1e6) / took.length);
  measured?.p50Millis.push(at(0.5));
  measured?.p99Millis.push(at(0.99));
}

function asTable(measured: ReadonlyMap<Subject, Measured>): string {
  const [off] = measured.values();
  const baseMicros = median(off?.cpuMicrosPerRequest ?? []);
  return table(
    [
      'telemetry',
      'CPU, µs a request',
      `more of a core at ${PER_SECOND}/s`,
      'p50, ms',
      'p99, ms',
      'peak RSS, MiB',
    ],
    [...measured].map(([gateway, { cpuMicrosPerRequest, p50Millis, p99Millis }]) => {
      const micros = median(cpuMicrosPerRequest);
      return [
        gateway.name,
        micros.toFixed(0),
        `${(((micros - baseMicros) * PER_SECOND) / 1e4).toFixed(1)} %`,
        median(p50Millis).toFixed(2),
        median(p99Millis).toFixed(2),
        gateway.peakMemoryMebibytes().toFixed(0),
      ];
    }),
  );
}

main().catch((error: unknown) => {
  console.error(`bench:telemetry: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
