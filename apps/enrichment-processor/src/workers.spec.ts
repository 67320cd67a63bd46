import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Downstream, client, requestOf, startDownstream } from './testing/otlp-peers';
import { Processor, type TestConfig } from './testing/processor';

jest.setTimeout(120_000);

/** The real program with two workers behind one port. */
describe('two workers', () => {
  let downstream: Downstream;
  let processor: Processor;
  beforeEach(async () => {
    downstream = await startDownstream(() => Promise.resolve(undefined));
    processor = await start({ forward: { endpoint: downstream.endpoint } });
  });
  afterEach(async () => {
    await processor.stop();
    await downstream.stop();
  });

  async function start(config: TestConfig): Promise<Processor> {
    const started = await Processor.start({ workers: 2, ...config });
    await ready(started, 2);
    return started;
  }

  /** Waits until so many workers are ready. */
  async function ready(of: Processor, count: number): Promise<void> {
    await of.metricIs('trace_enrichment_workers ', count);
  }

  /** In the end: a worker that is busy is counted as it was last known. */
  const requestsAre = (count: number): Promise<void> =>
    processor.metricIs('trace_enrichment_requests_total{signal="traces",outcome="OK"}', count);

  /** Sends from so many clients, each with a connection of its own. */
  async function send(clients: number): Promise<void> {
    const senders = Array.from({ length: clients }, () => client(processor.otlpPort));
    await Promise.all(senders.map((sender) => sender.export('traces', requestOf('users'))));
    for (const sender of senders) sender.close();
  }

  it('share the connections, and their counts are one', async () => {
    await send(6);
    await requestsAre(6);
    const response = await fetch(`${processor.url}/readyz`);
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { ready: true, checks: { workers: '2 of 2 ready', receive: 'listening' } },
    ]);
    expect((await fetch(`${processor.url}/debug/lookup?ip=10.0.0.1`)).status).toBe(200);
  });

  it('are restarted when they are killed, the other serves meanwhile, and no count falls', async () => {
    await send(6);
    await requestsAre(6);
    const [victim = 0] = childrenOf(processor.pid);
    process.kill(victim, 'SIGKILL');
    // How many are ready would not do: the next may be, before it was looked at.
    await processor.metricIs('trace_enrichment_worker_deaths_total{reason="SIGKILL"}', 1);
    await send(3);
    await requestsAre(9);
    await ready(processor, 2);
    await processor.metricIs('trace_enrichment_worker_deaths_total{reason="SIGKILL"}', 1);
    await send(4);
    await requestsAre(13);
  });

  it('answer what is running before they end', async () => {
    const sender = client(processor.otlpPort);
    await sender.export('traces', requestOf('users'));
    const workers = childrenOf(processor.pid);
    processor.signal('SIGTERM');
    expect(await processor.exited).toBe(0);
    expect(processor.logLines.filter(({ msg }) => msg === 'stopped')).toHaveLength(3);
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow();
    sender.close();
  });

  it('reload when the program that started them gets a SIGHUP', async () => {
    processor.signal('SIGHUP');
    await processor.metricIs('trace_enrichment_config_reloads_total{outcome="applied"}', 2);
  });

  it('have a socket that is made for nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-socket-'));
    const socket = join(folder, 'otlp.sock');
    const other = await start({ forward: { endpoint: downstream.endpoint }, receive: { socket } });
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    expect(readFileSync(`/proc/${other.pid}/status`, 'utf8')).toMatch(/Umask:\s+0117/);
    await other.stop();
    rmSync(folder, { recursive: true });
  });

  it('say once what keeps them from starting', async () => {
    const second = new Processor({ workers: 2, receive: { port: processor.otlpPort } });
    expect(await second.exited).toBe(78);
    expect(second.stderr.trim().split('\n')).toEqual([
      expect.stringContaining('is taken by another program'),
    ]);
    await second.stop();
  });
});

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(pid);
      } catch {
        return false; // it has ended meanwhile
      }
    })
    .map(Number);
}
