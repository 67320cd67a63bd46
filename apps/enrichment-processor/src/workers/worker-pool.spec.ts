import { createLogger } from '@trace/runtime';
import { Counter, Gauge, Registry } from 'prom-client';
import type { FromWorker, MetricsJson, ToWorker } from './messages';
import { WorkerPool, type WorkerProcess } from './worker-pool';

/** A worker that does what the test says. */
class FakeProcess implements WorkerProcess {
  readonly sent: ToWorker[] = [];
  readonly signals: string[] = [];
  readonly #registry = new Registry();
  readonly requests = new Counter({ name: 'requests_total', help: 'x', registers: [this.#registry] });
  readonly inFlight = new Gauge({ name: 'in_flight', help: 'x', registers: [this.#registry] });
  isReady = true;
  hasMetrics = true;
  logLevel = 'fatal';
  isHung = false;
  #tell: (message: FromWorker) => void = () => undefined;
  #exit: (code: number | null, signal: string | null) => void = () => undefined;

  send(message: ToWorker): void {
    this.sent.push(message);
    if (message.type === 'report' && !this.isHung) void this.report();
  }

  async report(): Promise<void> {
    const metrics = (await this.#registry.getMetricsAsJSON()) as MetricsJson;
    const readiness = { ready: this.isReady, checks: { receive: 'x' } };
    const { logLevel } = this;
    this.#tell({ type: 'report', readiness, logLevel, ...(this.hasMetrics && { metrics }) });
  }

  kill(signal: NodeJS.Signals): void {
    this.signals.push(signal);
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#tell = listener;
  }

  onExit(listener: (code: number | null, signal: string | null) => void): void {
    this.#exit = listener;
  }

  becomeReady(): void {
    this.#tell({ type: 'ready', otlpPort: 4319, httpPort: 5000 });
  }

  end(code: number | null, signal: string | null = null): void {
    this.#exit(code, signal);
  }
}

describe('WorkerPool', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function setUp(size = 3): {
    pool: WorkerPool;
    forked: FakeProcess[];
    deaths: string[];
    failures: number[];
    logger: ReturnType<typeof createLogger>;
  } {
    const [forked, deaths, failures]: [FakeProcess[], string[], number[]] = [[], [], []];
    const fork = (): FakeProcess => {
      const process = new FakeProcess();
      forked.push(process);
      return process;
    };
    const logger = createLogger('test', 'fatal');
    const pool = new WorkerPool(size, fork, logger, {
      onDeath: (how) => deaths.push(how),
      onFailedStart: (code) => failures.push(code),
    });
    return { pool, forked, deaths, failures, logger };
  }

  async function started(size = 3): Promise<ReturnType<typeof setUp>> {
    const all = setUp(size);
    const start = all.pool.start();
    all.forked[0]?.becomeReady();
    await start;
    for (const process of all.forked.slice(1)) process.becomeReady();
    await jest.advanceTimersByTimeAsync(1000);
    return all;
  }

  async function valueOf(pool: WorkerPool, name: string): Promise<number | undefined> {
    const metrics = pool.metrics();
    await jest.advanceTimersByTimeAsync(2000);
    const [metric] = (await (await metrics).getMetricsAsJSON()).filter((each) => each.name === name);
    return metric?.values[0]?.value;
  }

  it('starts the others when the first is ready, so that a mistake is told once', async () => {
    const { pool, forked } = setUp();
    const start = pool.start();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(forked).toHaveLength(1);
    forked[0]?.becomeReady();
    await expect(start).resolves.toMatchObject({ otlpPort: 4319, httpPort: 5000 });
    expect(forked).toHaveLength(3);
  });

  it('kills one that does not become ready, and no other', async () => {
    const { pool, forked } = setUp(2);
    const start = pool.start();
    forked[0]?.becomeReady();
    await start;
    await jest.advanceTimersByTimeAsync(59_999);
    expect(forked.map(({ signals }) => signals)).toEqual([[], []]);
    await jest.advanceTimersByTimeAsync(1);
    expect(forked.map(({ signals }) => signals)).toEqual([[], ['SIGKILL']]);
  });

  it('ends with the code of a first worker that does not start', () => {
    const { pool, forked, failures, deaths } = setUp();
    void pool.start();
    forked[0]?.end(78);
    expect([failures, deaths, forked.length]).toEqual([[78], [], 1]);
  });

  it('is ready while one worker is, and says how many are', async () => {
    const { pool, forked } = await started();
    expect(pool.readiness).toEqual({ ready: true, checks: { receive: 'x', workers: '3 of 3 ready' } });
    for (const process of forked.slice(0, 2)) process.isReady = false;
    await jest.advanceTimersByTimeAsync(1000);
    expect(pool.readiness).toMatchObject({ ready: true, checks: { workers: '1 of 3 ready' } });
    if (forked[2]) forked[2].isReady = false;
    await jest.advanceTimersByTimeAsync(1000);
    expect(pool.readiness).toMatchObject({ ready: false });
  });

  it('restarts what dies, after pauses that double up to half a minute and shrink after a good minute', async () => {
    const { forked, deaths } = await started(1);
    const pauses: number[] = [];
    for (let death = 0; death < 9; death += 1) {
      const count = forked.length;
      forked.at(-1)?.end(null, 'SIGKILL');
      let pause = 0;
      for (; forked.length === count; pause += 250) await jest.advanceTimersByTimeAsync(250);
      pauses.push(pause);
      forked.at(-1)?.becomeReady();
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(deaths).toEqual(Array.from({ length: 9 }, () => 'SIGKILL'));
    await jest.advanceTimersByTimeAsync(60_000);
    const count = forked.length;
    forked.at(-1)?.end(1);
    await jest.advanceTimersByTimeAsync(250);
    expect(forked).toHaveLength(count + 1);
  });

  it('sums the metrics, keeps what the dead have counted, and forgets what they held', async () => {
    const { pool, forked } = await started(2);
    for (const process of forked) {
      process.requests.inc(10);
      process.inFlight.set(5);
    }
    expect(await valueOf(pool, 'requests_total')).toBe(20);
    expect(await valueOf(pool, 'in_flight')).toBe(10);
    forked[0]?.end(null, 'SIGKILL');
    expect(await valueOf(pool, 'requests_total')).toBe(20);
    expect(await valueOf(pool, 'in_flight')).toBe(5);
    await jest.advanceTimersByTimeAsync(1000);
    forked[2]?.becomeReady();
    forked[2]?.requests.inc();
    forked[1]?.requests.inc();
    expect(await valueOf(pool, 'requests_total')).toBe(22);
    forked[1]?.end(1);
    forked[2]?.end(1);
    expect(await valueOf(pool, 'requests_total')).toBe(22);
  });

  it('gives the last that is known of a worker too busy to answer', async () => {
    const { pool, forked } = await started(2);
    for (const process of forked) process.requests.inc(3);
    await valueOf(pool, 'requests_total');
    if (forked[1]) forked[1].isHung = true;
    forked[0]?.requests.inc();
    expect(await valueOf(pool, 'requests_total')).toBe(7);
  });

  it('tells all to stop, waits for them, kills who does not, and restarts nobody', async () => {
    const { pool, forked, deaths } = await started(2);
    const stopped = pool.stop(5000);
    expect(pool.readiness.ready).toBe(false);
    expect(forked.map(({ sent }) => sent.at(-1))).toEqual([{ type: 'stop' }, { type: 'stop' }]);
    forked[0]?.end(0);
    await jest.advanceTimersByTimeAsync(4999);
    expect(forked[1]?.signals).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(forked[1]?.signals).toEqual(['SIGKILL']);
    forked[1]?.end(null, 'SIGKILL');
    await stopped;
    await jest.advanceTimersByTimeAsync(60_000);
    expect([forked.length, deaths]).toEqual([2, []]);
  });

  it('tells all to reload, and those that still start when they are ready', async () => {
    const { pool, forked } = setUp(2);
    const start = pool.start();
    pool.reload();
    expect(forked[0]?.sent).toEqual([]);
    forked[0]?.becomeReady();
    await start;
    expect(forked[0]?.sent).toContainEqual({ type: 'reload' });
    forked[1]?.becomeReady();
    expect(forked[1]?.sent).not.toContainEqual({ type: 'reload' });
    pool.reload();
    expect(forked[1]?.sent).toContainEqual({ type: 'reload' });
    expect(forked.flatMap(({ signals }) => signals)).toEqual([]);
  });

  it('ends those that still start with a signal, for a message would be lost on them', async () => {
    const { pool, forked } = setUp(2);
    const start = pool.start();
    forked[0]?.becomeReady();
    await start;
    const stopped = pool.stop(5000);
    expect(forked.map(({ signals }) => signals)).toEqual([[], ['SIGTERM']]);
    forked[0]?.end(0);
    forked[1]?.end(null, 'SIGTERM');
    await stopped;
  });

  it('goes on with what it knew of a worker whose metrics cannot be had', async () => {
    const { pool, forked } = await started(1);
    forked[0]?.requests.inc(3);
    expect(await valueOf(pool, 'requests_total')).toBe(3);
    if (forked[0]) [forked[0].hasMetrics, forked[0].isReady] = [false, false];
    expect(await valueOf(pool, 'requests_total')).toBe(3);
    expect(pool.readiness.ready).toBe(false);
  });

  it('logs as the workers do, whose configuration may change', async () => {
    const { forked, logger } = await started(1);
    if (forked[0]) forked[0].logLevel = 'debug';
    await jest.advanceTimersByTimeAsync(1000);
    expect(logger.level).toBe('debug');
  });
});
