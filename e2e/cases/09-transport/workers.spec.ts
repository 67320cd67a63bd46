import { readFileSync } from 'node:fs';
import { EnrichmentProcessor } from '../../support/enrichment-processor.ts';
import { OtlpCapture } from '../../support/otlp-capture.ts';
import { eventually } from '../../support/wait.ts';
import { BareCollector } from './bare-collector.ts';
import { sendFor } from './load.ts';

const WORKERS = 4;
const LOAD_MILLIS = 6000;

/** docs/workers.md: a real Collector keeps one connection to one address, unless the connection has an age. */
describe.each([
  { what: 'one connection for ever', maxConnectionAge: '1h' },
  { what: 'connections of 300 ms', maxConnectionAge: '300ms' },
])(`${WORKERS} workers and a Collector with $what`, ({ maxConnectionAge }) => {
  const capture = new OtlpCapture();
  const collector = new BareCollector();
  let processor: EnrichmentProcessor;

  beforeAll(async () => {
    await capture.start();
    processor = new EnrichmentProcessor({
      workers: WORKERS,
      downstream: capture.address,
      receive: { maxConnectionAge, maxConnectionAgeGrace: '30s' },
    });
    await processor.start();
    await eventually('all workers run', () => processor.workerPids().length === WORKERS || undefined, {
      timeoutMillis: 60_000,
    });
    await collector.start(`127.0.0.1:${processor.port}`);
    // What a worker does to start is not of the load.
    await sendFor(2000, collector.endpoint);
  });
  afterAll(async () => {
    await collector.remove();
    await processor.remove();
    await capture.stop();
  });

  it('share the work as the connections do, and answer all of it', async () => {
    const before = processor.workerPids().map(cpuTicks);
    const { count, errors } = await sendFor(LOAD_MILLIS, collector.endpoint);
    const ticks = processor.workerPids().map((pid, index) => cpuTicks(pid) - (before[index] ?? 0));
    const whole = ticks.reduce((sum, each) => sum + each, 0);
    const shares = ticks.map((each) => each / whole).sort((a, b) => b - a);
    console.log(`${count} requests; CPU time of each worker: ${shares.map(percent).join(', ')}`);
    expect(errors).toEqual([]);
    expect(count).toBeGreaterThan(100);
    if (maxConnectionAge === '1h') expect(shares[0]).toBeGreaterThan(0.7);
    else expect(shares.at(-1)).toBeGreaterThan(0.1);
  });
});

/** User and system time so far (proc(5), fields 14 and 15 of stat). */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user ?? 0) + (system ?? 0);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
