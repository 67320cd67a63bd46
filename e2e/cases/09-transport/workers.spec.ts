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
    // What a worker reads in order to start is not of the load.
    await eventually(
      'all workers are ready',
      async () => (await processor.checks()).workers === `${WORKERS} of ${WORKERS} ready` || undefined,
      { timeoutMillis: 90_000 },
    );
    await collector.start(`127.0.0.1:${processor.port}`);
    await sendFor(2000, collector.endpoint);
  });
  afterAll(async () => {
    await collector.remove();
    await processor.remove();
    await capture.stop();
  });

  it('share the work as the connections do, and answer all of it', async () => {
    const before = processor.workerPids().map(bytesRead);
    const { count, errors } = await sendFor(LOAD_MILLIS, collector.endpoint);
    const bytes = processor.workerPids().map((pid, index) => bytesRead(pid) - (before[index] ?? 0));
    const whole = bytes.reduce((sum, each) => sum + each, 0);
    const shares = bytes.map((each) => each / whole).sort((a, b) => b - a);
    console.log(`${count} requests; of what was read, each worker: ${shares.map(percent).join(', ')}`);
    expect(errors).toEqual([]);
    expect(count).toBeGreaterThan(100);
    if (maxConnectionAge === '1h') expect(shares[0]).toBeGreaterThan(0.7);
    else expect(shares.at(-1)).toBeGreaterThan(0.1);
  });
});

/**
 * From sockets and files so far (proc_pid_io(5)): what a worker did of the load. Its CPU time would also tell of how
 * long it takes to start on a busy machine.
 */
function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
