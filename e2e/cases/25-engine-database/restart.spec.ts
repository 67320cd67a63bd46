import { describeWithServers } from '../../support/servers.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';
import { Databases, outcomesIn, servicesIn } from './databases.ts';
import { CANNOT_USE, EngineHome } from './engine.ts';

/** `connectTimeout` of these engines, and what a process takes to start on a busy machine. */
const START_MILLIS = 3000 + 12_000;

describeWithServers('an engine with its state in PostgreSQL', () => {
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

  const told = (): string[] =>
    webhook.alerts().map(({ status, labels }) => `${labels.service_name ?? ''} ${status}`);
  const isTold = (alerts: readonly string[]): Promise<true> =>
    eventually(`told: ${alerts.join(', ')}`, () => String(told()) === String(alerts) || undefined, {
      timeoutMillis: 60_000,
      intervalMillis: 20,
    });
  /** Until the database has these alerts, and this became of so many notifications. */
  const stores = (services: readonly string[], outcomes: Readonly<Record<string, number>>): Promise<true> =>
    eventually(
      `${services.join(', ')} and ${JSON.stringify(outcomes)} are stored`,
      async () => {
        const stored = [await servicesIn(url), Object.entries(await outcomesIn(url)).sort()];
        const wanted = [services, Object.entries(outcomes).sort()];
        return JSON.stringify(stored) === JSON.stringify(wanted) || undefined;
      },
      { timeoutMillis: 60_000, intervalMillis: 20 },
    );

  it('neither resolves nor notifies again through a kill -9 while an alert fires', async () => {
    const before = await home.start(url, webhook.url);
    await before.slow('users');
    await isTold(['users firing']);
    await stores(['users'], { delivered: 1 });
    const [alert] = await before.alerts();
    await before.kill();

    const after = await home.start(url, webhook.url);
    expect(await after.alerts()).toMatchObject([{ state: 'firing', activeAt: alert?.activeAt }]);
    expect(after.log()).toContainEqual(
      expect.objectContaining({ msg: 'state restored', alerts: 1, pendingNotifications: 0 }),
    );
    await after.slow('users');
    await sleep(500);
    expect(told()).toEqual(['users firing']);
    await after.recover('users');
    await isTold(['users firing', 'users resolved']);
    await stores([], { delivered: 2 });
    expect([before.complaints(), after.complaints()]).toEqual([[], []]);
  });

  it('delivers after a kill -9 what was still to be told, in its order', async () => {
    webhook.refuses = true;
    const before = await home.start(url, webhook.url);
    await before.slow('users', 'orders');
    await before.recover('users');
    await stores(['orders'], { pending: 3 });
    await before.kill();
    webhook.refuses = false;
    await home.start(url, webhook.url);
    await eventually('three notifications', () => told().length === 3 || undefined, {
      timeoutMillis: 60_000,
    });
    expect(told().filter((line) => line.startsWith('users'))).toEqual(['users firing', 'users resolved']);
    expect(told()).toContain('orders firing');
    await stores(['orders'], { delivered: 3 });
    await sleep(500);
    expect(told()).toHaveLength(3);
  });

  it('loses nothing and tells nothing twice when it is stopped just after alerts have fired', async () => {
    const services: string[] = [];
    for (let start = 1; start <= 5; start += 1) {
      const engine = await home.start(url, webhook.url);
      expect(await engine.services()).toEqual([...services].sort());
      const fresh = [1, 2, 3].map((number) => `service-${start}-${number}`);
      services.push(...fresh);
      await engine.slow(...fresh);
      // At once: what is pending is flushed.
      expect(await engine.stop()).toMatchObject({ code: 0 });
      expect(await servicesIn(url)).toEqual([...services].sort());
    }
    expect(new Set(told()).size).toBe(services.length);
    expect(told()).toHaveLength(services.length);
  });

  it('goes on in memory while the database is away at the start, and then has what both knew', async () => {
    const before = await home.start(url, webhook.url);
    await before.slow('users');
    await stores(['users'], { delivered: 1 });
    const [alert] = await before.alerts();
    await before.kill();
    await databases.server.stop('SIGKILL');

    const after = await home.start(url, webhook.url);
    expect(await after.readiness()).toBe('200 in memory only, trying again');
    expect(await after.alerts()).toEqual([]);
    await after.slow('orders');
    await isTold(['users firing', 'orders firing']);
    await after.hasFailed(5);
    expect(after.complaints()).toEqual([expect.stringMatching(CANNOT_USE)]);
    expect(after.complaints()).toEqual([expect.stringContaining('ECONNREFUSED')]);

    await databases.startServer();
    await after.is('stored');
    expect(await after.services()).toEqual(['orders', 'users']);
    expect(await after.alerts()).toContainEqual(expect.objectContaining({ activeAt: alert?.activeAt }));
    await stores(['orders', 'users'], { delivered: 2 });
    expect(told()).toEqual(['users firing', 'orders firing']);
    const messages = after.log().map(({ msg }) => msg);
    expect(messages.filter((msg) => msg === 'state restored')).toHaveLength(1);
    expect(messages.filter((msg) => msg === 'the state in the database is up to date again')).toHaveLength(1);
  });

  it('is not held up by a database that takes connections and answers nothing, at the start and at the end', async () => {
    databases.server.freeze();
    try {
      const begun = Date.now();
      const engine = await home.start(url, webhook.url);
      expect(Date.now() - begun).toBeLessThan(START_MILLIS);
      await engine.hasFailed(1);
      expect(engine.complaints()).toEqual([expect.stringMatching(CANNOT_USE)]);
      expect(engine.complaints()).toEqual([expect.stringMatching(/there was no connection in time$/)]);
      await engine.slow('users');
      await isTold(['users firing']);
      const end = await engine.stop();
      expect(end).toMatchObject({ code: 0 });
      expect(end.millis).toBeLessThan(15_000);
    } finally {
      databases.server.thaw();
    }
  });
});
