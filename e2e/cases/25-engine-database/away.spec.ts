import { quantile } from '../../support/engine.ts';
import { describeWithServers } from '../../support/servers.ts';
import { eventually } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';
import { Databases, locked, outcomesIn, servicesIn } from './databases.ts';
import { CANNOT_USE, EngineHome, type RunningEngine } from './engine.ts';

const SERVICES = 30;
const PROMISE_MILLIS = 2000;

describeWithServers('the two seconds from the span to the webhook', () => {
  let databases: Databases;
  let home: EngineHome;
  let webhook: WebhookReceiver;
  let url: string;

  beforeAll(async () => {
    databases = await Databases.start();
  });
  afterAll(() => databases.close());
  beforeEach(async () => {
    [home, webhook, url] = [new EngineHome(), await WebhookReceiver.start(), await databases.create()];
  });
  afterEach(async () => {
    await home.close();
    await webhook.stop();
  });

  /** Alerts of so many services, one request each; from the span to the receiver's answer, by the engine's clocks. */
  async function firesOneByOne(engine: RunningEngine, prefix: string): Promise<number[]> {
    const names = Array.from({ length: SERVICES }, (_, index) => `${prefix}-${index}`);
    for (const name of names) await engine.slow(name);
    const ofThese = await eventually(
      `${SERVICES} notifications of ${prefix}`,
      async () => {
        const all = await engine.notifications();
        const found = all.filter(({ labels }) => labels.service_name?.startsWith(`${prefix}-`));
        return found.length === SERVICES ? found : undefined;
      },
      { timeoutMillis: 60_000 },
    );
    const millis = ofThese.map((clocks) => clocks.deliveredAtEpochMillis - clocks.receivedAtEpochMillis);
    const [median, longest] = [0.5, 1].map((share) => quantile(millis, share).toFixed(0));
    console.log(`${prefix}: T1→T2 of ${millis.length} alerts: p50 ${median} ms, p100 ${longest} ms`);
    return millis;
  }

  /** What a kill -9 may lose. */
  async function reportWrites(engine: RunningEngine): Promise<void> {
    const [writes, seconds, quick] = await Promise.all([
      engine.metric('alert_engine_state_write_seconds_count'),
      engine.metric('alert_engine_state_write_seconds_sum'),
      engine.metric('alert_engine_state_write_seconds_bucket', 'le="0.05"'),
    ]);
    const mean = ((1000 * seconds) / writes).toFixed(1);
    console.log(
      `${writes} writes: from a change to its commit ${mean} ms on average, ${writes - quick} over 50 ms`,
    );
  }

  const isAllStored = async (services: number): Promise<void> => {
    await eventually(
      `${services} alerts and their notifications are stored`,
      async () => {
        const stored = [(await servicesIn(url)).length, await outcomesIn(url)];
        return JSON.stringify(stored) === JSON.stringify([services, { delivered: services }]) || undefined;
      },
      { timeoutMillis: 60_000 },
    );
  };

  it.each(['killed', 'frozen'] as const)(
    'hold while the database is %s, which has everything when it is back',
    async (how) => {
      const { server } = databases;
      const engine = await home.start(url, webhook.url);
      const before = await firesOneByOne(engine, 'before');
      await isAllStored(SERVICES);
      await reportWrites(engine);
      if (how === 'killed') await server.stop('SIGKILL');
      else server.freeze();
      const meanwhile: number[] = [];
      try {
        meanwhile.push(...(await firesOneByOne(engine, how)));
        await engine.is('in memory only, trying again');
        meanwhile.push(...(await firesOneByOne(engine, `still-${how}`)));
        await engine.hasFailed(3);
      } finally {
        if (how === 'killed') await databases.startServer();
        else server.thaw();
      }
      for (const millis of [...before, ...meanwhile]) expect(millis).toBeLessThan(PROMISE_MILLIS);
      await engine.is('stored');
      await isAllStored(3 * SERVICES);
      expect(webhook.alerts()).toHaveLength(3 * SERVICES);
      const reasons = engine.complaints();
      for (const reason of reasons) expect(reason).toMatch(CANNOT_USE);
      // Each once: that the connection broke, that there is none, and perhaps that the server is starting up.
      expect(new Set(reasons).size).toBe(reasons.length);

      await engine.kill();
      const next = await home.start(url, webhook.url);
      expect(await next.services()).toHaveLength(3 * SERVICES);
    },
  );

  it('hold while a write waits for a lock, and all that changes meanwhile is one write', async () => {
    const engine = await home.start(url, webhook.url, { database: { queryTimeout: '60s' } });
    const unlock = await locked(url);
    const millis = await firesOneByOne(engine, 'locked').finally(unlock);
    for (const each of millis) expect(each).toBeLessThan(PROMISE_MILLIS);
    await isAllStored(SERVICES);
    await engine.is('stored');
    expect(engine.complaints()).toEqual([]);
    // 30 alerts and 30 notifications that were delivered: those that came before the lock was met, and all the others.
    expect(await engine.metric('alert_engine_state_write_seconds_count')).toBeLessThan(10);
  });
});
