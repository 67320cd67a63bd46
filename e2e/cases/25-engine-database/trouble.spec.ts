import { chownSync, copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from '../../support/certificates.ts';
import { describeWithServers, PASSWORDS } from '../../support/servers.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';
import { Databases, everythingIn, ownerIn, query, servicesIn } from './databases.ts';
import { CANNOT_USE, EngineHome, type RunningEngine } from './engine.ts';

const TAKEN_OVER = 'another engine has taken over the state in the database, going on in memory only';
const WRONG_PASSWORD = 'wrong-pass-1701';

describeWithServers('what may be wrong with the database of an engine', () => {
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
    const said = home.output();
    await home.close();
    await webhook.stop();
    // In no line of any engine of any of these tests.
    for (const password of [PASSWORDS.postgres, WRONG_PASSWORD]) expect(said).not.toContain(password);
  });

  const stores = (services: readonly string[]): Promise<true> =>
    eventually(
      `${services.join(', ')} are stored`,
      async () => String(await servicesIn(url)) === String(services) || undefined,
      { timeoutMillis: 60_000, intervalMillis: 20 },
    );
  /** It goes on in memory, tries again and again, and has said so once. */
  const worksInMemory = async (engine: RunningEngine, complaint: RegExp): Promise<void> => {
    await engine.slow('users');
    await engine.hasFailed(4);
    expect(await engine.services()).toEqual(['users']);
    expect(await engine.readiness()).toBe('200 in memory only, trying again');
    expect(engine.complaints()).toEqual([expect.stringMatching(complaint)]);
    expect(engine.complaints()[0]).toMatch(CANNOT_USE);
    await eventually('the webhook', () => webhook.alerts().length === 1 || undefined, {
      timeoutMillis: 60_000,
    });
  };

  it('tells the place of the state and nothing else of its URL', async () => {
    const engine = await home.start(url);
    const address = {
      host: '127.0.0.1',
      port: databases.server.port,
      database: new URL(url).pathname.slice(1),
    };
    expect(engine.ready).toMatchObject({ database: address });
    expect(engine.ready).not.toHaveProperty('stateFile');
    const [starting] = engine.log();
    expect(starting?.settings).toMatchObject({
      state: { database: { url: `postgresql://<hidden>@127.0.0.1:${address.port}/${address.database}` } },
    });
  });

  it('is written by the newest engine alone: an older one says so once, and is silent towards its watchdog', async () => {
    const outside = await WebhookReceiver.start();
    const older = await home.start(url, webhook.url, { heartbeat: { url: outside.url } });
    await older.slow('users');
    await stores(['users']);
    await eventually('a heartbeat', () => outside.received.length > 0 || undefined, {
      timeoutMillis: 60_000,
    });

    const newer = await home.start(url, webhook.url);
    expect(await newer.services()).toEqual(['users']);
    await older.slow('of-the-older');
    await older.is('in memory only, another engine has taken over');
    const owner = await ownerIn(url);
    await newer.slow('of-the-newer');
    await stores(['of-the-newer', 'users']);
    await older.slow('of-the-older-again');

    const before = outside.received.length;
    await eventually(
      'heartbeats are withheld',
      async () =>
        (await older.metric('alert_engine_heartbeats_total', 'outcome="withheld"')) > 3 || undefined,
      { timeoutMillis: 60_000 },
    );
    expect(outside.received.length).toBeLessThanOrEqual(before + 1);
    expect(older.log()).toContainEqual(
      expect.objectContaining({ reason: 'state: another engine has taken over' }),
    );
    expect(older.complaints().filter((msg) => msg === TAKEN_OVER)).toHaveLength(1);
    expect(older.complaints().filter((msg) => CANNOT_USE.test(msg))).toEqual([]);
    // It does not take it back.
    expect(await ownerIn(url)).toEqual(owner);
    await newer.is('stored');
    expect(newer.complaints()).toEqual([]);
    expect(await servicesIn(url)).toEqual(['of-the-newer', 'users']);
    expect(await older.stop()).toMatchObject({ code: 0 });
    expect(await servicesIn(url)).toEqual(['of-the-newer', 'users']);
    await outside.stop();
  });

  it('is noticed by an older engine that has nothing to write', async () => {
    const older = await home.start(url, webhook.url);
    await home.start(url, webhook.url);
    await older.is('in memory only, another engine has taken over');
    expect(older.complaints()).toEqual([TAKEN_OVER]);
  });

  it('is no longer its own when another engine came while the database was away', async () => {
    const older = await home.start(url, webhook.url);
    await databases.server.stop('SIGKILL');
    await older.is('in memory only, trying again');
    await databases.startServer();
    await query(url, "UPDATE alert_engine_owner SET epoch = epoch + 100, engine = 'another'");
    // Whether it was still away then or just back.
    await older.is('in memory only, another engine has taken over');
    expect(await ownerIn(url)).toMatchObject({ engine: 'another' });
  });

  it('has a newer schema: nothing is changed', async () => {
    await (await home.start(url, webhook.url)).kill();
    await query(url, 'UPDATE alert_engine_owner SET schema_version = 99');
    const before = await everythingIn(url);
    const engine = await home.start(url, webhook.url);
    await worksInMemory(engine, /its schema has version 99, which is newer than this program$/);
    expect(await everythingIn(url)).toEqual(before);
    await engine.stop();
    expect(await everythingIn(url)).toEqual(before);
  });

  it.each([
    ['alert_engine_alerts', 'fingerprint', `'{"fingerprint": 1'`],
    ['alert_engine_alerts', 'fingerprint', `replace(document, '"groupKey":"[', '"groupKey":"')`],
    ['alert_engine_notifications', 'id', `'{}'`],
  ])(
    'has a row in %s that cannot be read: nothing is lost, and it is used when it was mended',
    async (table, key, document) => {
      const earlier = await home.start(url, webhook.url);
      await earlier.slow('orders');
      await stores(['orders']);
      await eventually('told', () => webhook.alerts().length === 1 || undefined, { timeoutMillis: 60_000 });
      await earlier.stop();
      webhook.received.splice(0);
      const rows = await query(url, `SELECT ${key} AS key, document FROM ${table}`);
      await query(url, `UPDATE ${table} SET document = ${document}`);
      const before = await everythingIn(url);
      const engine = await home.start(url, webhook.url);
      await worksInMemory(engine, new RegExp(`row ${String(rows[0]?.key)} of ${table} cannot be read`));
      expect(await everythingIn(url)).toEqual(before);

      await query(url, `UPDATE ${table} SET document = $1`, [rows[0]?.document]);
      await engine.is('stored');
      expect(await engine.services()).toEqual(['orders', 'users']);
      await stores(['orders', 'users']);
    },
  );

  it.each<[string, (url: URL) => void, RegExp]>([
    ['password', (at) => (at.password = WRONG_PASSWORD), /password authentication failed for user "trace"$/],
    ['database', (at) => (at.pathname = 'nowhere'), /database "nowhere" does not exist$/],
    ['port', (at) => (at.port = '1'), /connect ECONNREFUSED 127\.0\.0\.1:1$/],
    [
      'certificate file',
      (at) => (at.search = '?sslmode=verify-full&sslrootcert=/nowhere/ca.pem'),
      /ENOENT: no such file or directory, open '\/nowhere\/ca\.pem'$/,
    ],
    [
      'encryption',
      (at) => (at.search = '?sslmode=verify-full'),
      /The server does not support SSL connections$/,
    ],
  ])('is a wrong %s in its URL', async (_what, change, complaint) => {
    const wrong = new URL(url);
    change(wrong);
    const engine = await home.start(wrong.href, webhook.url);
    await worksInMemory(engine, complaint);
    expect(engine.log()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        host: '127.0.0.1',
        port: Number(wrong.port),
        database: wrong.pathname.slice(1),
      }),
    );
  });

  it('is a certificate of a stranger; one of a known authority is none', async () => {
    const { ca, serverCertificate, serverKey } = makeCertificates();
    const [{ data_directory: folder } = {}] = await query(url, 'SHOW data_directory');
    const { uid, gid } = statSync(String(folder));
    for (const [from, name] of [
      [serverCertificate, 'server.crt'],
      [serverKey, 'server.key'],
    ] as const) {
      copyFileSync(from, join(String(folder), name));
      chownSync(join(String(folder), name), uid, gid);
    }
    await query(url, 'ALTER SYSTEM SET ssl = on');
    await query(url, 'SELECT pg_reload_conf()');
    await sleep(500);
    const stranger = await home.start(`${url}?sslmode=verify-full`, webhook.url);
    await worksInMemory(stranger, /certificate/);
    await stranger.kill();
    const engine = await home.start(`${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(ca)}`);
    await engine.is('stored');
    expect(engine.complaints()).toEqual([]);
    const rows = await query(
      url,
      "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'alert-engine'",
    );
    expect(rows).toEqual([{ ssl: true }]);
  });
});
