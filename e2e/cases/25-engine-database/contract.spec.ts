import { createLogger } from '@trace/runtime';
import {
  ALERT,
  itIsADurableState,
  Memory,
  notification,
} from '../../../apps/alert-engine/dist/state/durable-state.contract.js';
import { PostgresState } from '../../../apps/alert-engine/dist/state/postgres/postgres-state.js';
import { describeWithServers } from '../../support/servers.ts';
import { eventually } from '../../support/wait.ts';
import { Databases, everythingIn, locked, ownerIn, query } from './databases.ts';
import { Relay } from './relay.ts';

/** Connections of engines to this database. */
const ENGINES =
  "SELECT pid FROM pg_stat_activity WHERE application_name = 'alert-engine' AND datname = current_database()";
const END_ENGINES = `SELECT pg_terminate_backend(pid) FROM (${ENGINES}) AS engines`;

describeWithServers('the state in PostgreSQL', () => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await Databases.start();
  });
  afterAll(() => databases.close());

  const opened = (url: string, memory: Memory): PostgresState =>
    new PostgresState(
      {
        url: new URL(url),
        connectTimeout: 30_000,
        queryTimeout: 30_000,
        maxFinishedNotifications: 2,
      },
      createLogger('contract', 'silent'),
      memory,
    );

  describe('as every state', () => {
    itIsADurableState(async () => {
      const url = await databases.create();
      return (memory) => opened(url, memory);
    });
  });

  it('is made by several at once, and the last to come has it', async () => {
    const url = await databases.create();
    const states = Array.from({ length: 5 }, () => opened(url, new Memory()));
    await Promise.all(states.map((state) => state.start()));
    const problems = await Promise.all(states.map((state) => state.probe()));
    expect(problems.filter((problem) => problem === undefined)).toHaveLength(1);
    expect(problems.filter((problem) => problem === 'another engine has taken over')).toHaveLength(4);
    const [owner] = await everythingIn(url);
    expect(owner).toMatchObject([{ schema_version: 1, epoch: '5' }]);
    await Promise.all(states.map((state) => state.close()));
  });

  it('has what changed while everything was written', async () => {
    const url = await databases.create();
    const before = opened(url, new Memory());
    await before.start();
    await before.close();
    const unlock = await locked(url, 'LOCK TABLE alert_engine_alerts IN SHARE MODE');
    const memory = new Memory();
    const state = opened(url, memory);
    const started = state.start();
    await eventually('it was restored', () => memory.restored.length > 0 || undefined, {
      timeoutMillis: 30_000,
      intervalMillis: 10,
    });
    state.write({ upserts: [ALERT], ended: [], notifications: [] });
    expect(await state.probe()).toBe('everything is being written to the database');
    await unlock();
    await started;
    expect(await state.probe()).toBeUndefined();
    expect((await everythingIn(url))[1]).toMatchObject([{ fingerprint: ALERT.fingerprint }]);
    await state.close();
  });

  it('notices by itself that its connection has ended, and waits until it is to try again', async () => {
    const url = await databases.create();
    const state = opened(url, new Memory());
    await state.start();
    await query(url, END_ENGINES);
    await eventually('it is behind', () => state.isBehind || undefined, { timeoutMillis: 30_000 });
    expect(await query(url, ENGINES)).toEqual([]);
    await state.retry();
    expect(state.standing).toBe('stored');
    await state.close();
  });

  it('has everything when it is closed while its connection breaks under the last write', async () => {
    const url = await databases.create();
    const memory = new Memory();
    const state = opened(url, memory);
    await state.start();
    memory.now = { alerts: [ALERT], notifications: [] };
    const unlock = await locked(url);
    state.write({ upserts: [ALERT], ended: [], notifications: [] });
    const closed = state.close();
    await eventually(
      'the write waits for the lock',
      async () => (await query(url, `${ENGINES} AND wait_event_type = 'Lock'`)).length > 0 || undefined,
      { timeoutMillis: 30_000, intervalMillis: 10 },
    );
    await query(url, END_ENGINES);
    await unlock();
    await closed;
    expect((await everythingIn(url))[1]).toMatchObject([{ fingerprint: ALERT.fingerprint }]);
  });

  it('is read a part at a time: no statement takes longer the more there is', async () => {
    const url = await databases.create();
    const body = 'x'.repeat(20_000);
    const notifications = Array.from({ length: 1000 }, (_, index) => ({
      ...notification(index + 1, 'pending'),
      body,
    }));
    const alerts = notifications.map(({ id }) => ({
      ...ALERT,
      fingerprint: `f${id}`,
      annotations: { summary: body },
    }));
    const before = opened(url, new Memory({ alerts, notifications }));
    await before.start();
    await before.close();
    const relay = await Relay.start(databases.server.port);
    const memory = new Memory();
    const state = opened(relay.through(url), memory);
    await state.start();
    const [restored] = memory.restored;
    expect(restored?.notifications).toEqual(notifications);
    expect(new Set(restored?.alerts.map(({ fingerprint }) => fingerprint)).size).toBe(1000);
    expect(relay.largestAnswerBytes).toBeGreaterThan(body.length);
    expect(relay.largestAnswerBytes).toBeLessThan(200 * body.length);
    await state.close();
    await relay.stop();
  });

  it('is made anew in a database that has lost it', async () => {
    const url = await databases.create();
    const memory = new Memory();
    const state = opened(url, memory);
    await state.start();
    await query(url, 'DROP TABLE alert_engine_owner, alert_engine_alerts, alert_engine_notifications');
    expect(await state.probe()).toBe('the database cannot be written');
    await state.retry();
    expect(await state.probe()).toBeUndefined();
    // What it knows is not restored a second time.
    expect(memory.restored).toHaveLength(1);
    await state.close();
  });

  it('is its own in a database that was restored from a backup of another engine', async () => {
    const url = await databases.create();
    const state = opened(url, new Memory());
    await state.start();
    await query(url, "UPDATE alert_engine_owner SET epoch = 0, engine = 'of yesterday'");
    await state.probe();
    await state.retry();
    // Whoever takes over has a later epoch, and one from before it is not later.
    expect(state.standing).toBe('stored');
    await state.close();
  });

  it('has everything again in a database that went back in time behind its connection', async () => {
    const url = await databases.create();
    const memory = new Memory();
    const state = opened(url, memory);
    await state.start();
    state.write({ upserts: [ALERT], ended: [], notifications: [] });
    expect(await state.probe()).toBeUndefined();
    const [[owner] = []] = await everythingIn(url);
    const later = { ...ALERT, fingerprint: 'f2' };
    memory.now = { alerts: [ALERT, later], notifications: [] };
    state.write({ upserts: [later], ended: [], notifications: [] });
    expect(await state.probe()).toBeUndefined();
    // As it was before the second write; the epoch has been the same all the time.
    await query(url, `DELETE FROM alert_engine_alerts WHERE fingerprint = 'f2'`);
    await query(url, 'UPDATE alert_engine_owner SET revision = $1', [owner?.revision]);
    expect(await state.probe()).toBe('the database cannot be written');
    await state.retry();
    expect(await state.probe()).toBeUndefined();
    const [, alerts] = await everythingIn(url);
    expect(alerts?.map(({ fingerprint }) => fingerprint)).toEqual(['f1', 'f2']);
    expect(memory.restored).toHaveLength(1);
    await state.close();
  });

  it.each(['at once', 'after an interruption'])(
    'is that of another engine which has counted up to the same epoch since the database went back: %s',
    async (when) => {
      const url = await databases.create();
      const state = opened(url, new Memory());
      await state.start();
      if (when === 'at once') await query(url, "UPDATE alert_engine_owner SET engine = 'another'");
      else {
        const unlock = await locked(url);
        const probed = state.probe();
        await query(url, END_ENGINES);
        await probed;
        await unlock();
        await query(url, "UPDATE alert_engine_owner SET engine = 'another'");
        await state.retry();
      }
      expect(await state.probe()).toBe('another engine has taken over');
      expect(await ownerIn(url)).toEqual({ epoch: '1', engine: 'another' });
      await state.close();
    },
  );
});
