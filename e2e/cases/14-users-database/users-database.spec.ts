import { eventually as sent, OtlpSink, type SentSpan } from '@trace/telemetry/testing';
import { Client } from 'pg';
import type { Answer } from '../../support/openapi.ts';
import { eventually } from '../../support/wait.ts';
import { type Health, Services, type Stores } from './services.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import {
  describeWithServers,
  PASSWORDS,
  postgresUrl,
  preparePostgres,
  prepareRedis,
  redisUrl,
} from '../../support/servers.ts';

const SERVER = 2;
const CLIENT = 3;
const LIST = '/api/v1/users?limit=5';
const DATABASE_IS_AWAY = 'database is away; waiting for it';
const CACHE_IS_AWAY = 'cache is away; going on without it';
const DATABASE_DOWN = { status: 'down', state: 'disconnected', required: true, system: 'postgresql' };
const CACHE_DOWN = { status: 'down', state: 'disconnected', required: false, system: 'redis' };
const at = ({ port }: ServerProcess): string => `127.0.0.1:${port}`;
const UNAVAILABLE = {
  status: 503,
  type: expect.stringMatching(/^application\/problem\+json/) as string,
  body: { title: 'Service Unavailable', status: 503, detail: 'the database of the users is away' },
};
/** `gateway.callTimeout`; what takes longer is answered 504. */
const DEADLINE_MILLIS = 30_000;

describeWithServers('users with a database and a cache', () => {
  let sink: OtlpSink;
  let postgres: ServerProcess;
  let redis: ServerProcess;
  let services: Services;
  let stores: Stores;

  beforeAll(async () => {
    sink = await OtlpSink.listen();
    [postgres, redis, services] = await Promise.all([
      preparePostgres(),
      prepareRedis(),
      Services.prepare(sink),
    ]);
    stores = { DATABASE_URL: postgresUrl(postgres), REDIS_URL: redisUrl(redis) };
  });
  afterAll(async () => {
    await services.close();
    await Promise.all([postgres.close(), redis.close()]);
    await sink.close();
  });

  /** What `users` asked others in this trace, in its order; sent no later than the server span around it. */
  const callsOf = async ({ traceId }: Answer): Promise<SentSpan[]> => {
    const server = await sent(`the server span of users in ${traceId}`, () =>
      sink.spans.find((span) => span.traceId === traceId && span.service === 'users' && span.kind === SERVER),
    );
    return sink.spans
      .filter(({ parentSpanId }) => parentSpanId === server.spanId)
      .sort((a, b) => Number(a.startNanos - b.startNanos));
  };
  const namesOf = async (answer: Answer): Promise<string[]> =>
    (await callsOf(answer)).map(({ name }) => name);
  let created = 0;
  const create = async (): Promise<{ readonly id: string; readonly path: string }> => {
    created += 1;
    const fields = { name: `Ada ${created}`, email: `ada-${created}@example.com` };
    const answer = await services.request('POST', '/api/v1/users', fields);
    expect(answer).toMatchObject({ status: 201, body: fields });
    const { id } = answer.body as { id: string };
    return { id, path: `/api/v1/users/${id}` };
  };
  const tells = (messages: readonly string[], times: readonly number[]): Promise<true> =>
    eventually(
      `${messages.join(', ')}: ${times.join(', ')} times`,
      () => String(services.told('users', ...messages)) === String(times) || undefined,
      { timeoutMillis: 60_000, intervalMillis: 20 },
    );

  const connected = async (): Promise<Client> => {
    const client = new Client({ connectionString: postgresUrl(postgres) });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  /**
   * Stops the database while so many queries are waiting for its answer. They wait for a prepared transaction, whose
   * lock ends with no connection: a query must not be answered because another was ended before it.
   */
  const stopWhileAsked = async (queries: number, signal: 'SIGINT' | 'SIGKILL'): Promise<void> => {
    const client = await connected();
    await client.query('BEGIN; LOCK TABLE sample_users IN ACCESS EXCLUSIVE MODE');
    await client.query("PREPARE TRANSACTION 'held'");
    const answers = Promise.all(Array.from({ length: queries }, () => services.request('GET', LIST)));
    await eventually(
      `${queries} queries wait`,
      async () => {
        const { rows } = await client.query('SELECT FROM pg_locks WHERE NOT granted');
        return rows.length === queries || undefined;
      },
      { timeoutMillis: 8000, intervalMillis: 50 },
    );
    await postgres.stop(signal);
    for (const answer of await answers) expect(answer).toMatchObject(UNAVAILABLE);
  };
  /** The lock outlives the database's end, too. */
  const startAndUnlock = async (): Promise<void> => {
    await postgres.start();
    // It takes connections a moment before it takes queries.
    const client = await eventually('a connection', connected, { timeoutMillis: 60_000 });
    await client.query("ROLLBACK PREPARED 'held'");
    await client.end();
  };

  it('waits for both while they are away, says so once, and answers 503', async () => {
    await Promise.all([services.start('gateway', stores), services.start('users', stores)]);
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = await services.answered(503, LIST);
      expect(answer).toMatchObject(UNAVAILABLE);
    }
    expect(services.told('users', DATABASE_IS_AWAY, CACHE_IS_AWAY)).toEqual([1, 1]);
    expect(await services.health('users', 503)).toMatchObject({
      status: 'error',
      info: {},
      error: { database: DATABASE_DOWN, cache: CACHE_DOWN },
    });
    expect(await services.request('GET', '/healthz', undefined, 'users')).toMatchObject({ status: 200 });
    await Promise.all([postgres.start(), redis.start()]);
    const { body } = await services.answered(200, LIST);
    expect(body).toMatchObject({ users: [{ id: '50' }, {}, {}, {}, {}], total: 50 });
    await tells([DATABASE_IS_AWAY, 'database connected'], [1, 1]);
    await tells([CACHE_IS_AWAY, 'cache connected'], [1, 1]);
    expect(await services.health('users', 200)).toMatchObject({
      status: 'ok',
      error: {},
      info: {
        database: { status: 'up', state: 'connected', system: 'postgresql', address: at(postgres) },
        cache: { status: 'up', state: 'connected', system: 'redis', address: at(redis) },
      },
    });
  });

  it('has in the trace of a user the look in the cache, the query, and what is put into the cache', async () => {
    const answer = await services.request('GET', '/api/v1/users/7');
    expect(answer).toMatchObject({ status: 200, body: { id: '7', email: 'user-7@example.com' } });
    const calls = await callsOf(answer);
    expect(calls.map(({ name, kind }) => [name, kind])).toEqual([
      ['get', CLIENT],
      ['pg.query:SELECT postgres', CLIENT],
      ['set', CLIENT],
    ]);
    const [get, query, set] = calls.map(({ attributes }) => attributes);
    const ofRedis = { 'db.system.name': 'redis', 'server.address': '127.0.0.1', 'server.port': redis.port };
    expect(get).toMatchObject({ ...ofRedis, 'db.query.text': 'get sample_users:7' });
    expect(query).toMatchObject({
      'db.system.name': 'postgresql',
      'db.namespace': 'postgres',
      'db.query.text': 'SELECT id, name, email FROM sample_users WHERE id = $1',
      'server.address': '127.0.0.1',
      'server.port': postgres.port,
    });
    expect(set).toMatchObject({ ...ofRedis, 'db.operation.name': 'set' });
    // Neither the user, nor attributes under their old names.
    expect(JSON.stringify([get, query, set])).not.toMatch(
      /example\.com|db\.statement|"db\.system"|net\.peer/,
    );
  });

  it('asks the cache alone the second time, until the user is changed', async () => {
    const { id, path } = await create();
    expect(await namesOf(await services.request('GET', path))).toHaveLength(3);
    const again = await services.request('GET', path);
    expect(again).toMatchObject({ status: 200, body: { id } });
    expect(await namesOf(again)).toEqual(['get']);
    const fields = { name: 'Changed', email: `changed-${id}@example.com` };
    expect(await services.request('PUT', path, fields)).toMatchObject({
      status: 200,
      body: { id, ...fields },
    });
    expect(await services.request('GET', path)).toMatchObject({ status: 200, body: { id, ...fields } });
    expect(await services.request('PUT', path, { ...fields, name: 'a\0b' })).toMatchObject({ status: 400 });
    expect(await services.request('DELETE', path)).toMatchObject({ status: 204 });
    expect(await services.request('GET', path)).toMatchObject({ status: 404 });
  });

  it('loses no user that was answered when it is killed', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, create));
    await services.kill('users');
    await services.start('users', stores);
    const { body } = await services.answered(200, '/api/v1/users?limit=100');
    const ids = (body as { users: { id: string }[] }).users.map((user) => user.id);
    expect(ids).toEqual(expect.arrayContaining(users.map(({ id }) => id)));
    // The seed is not there a second time.
    expect(body).toMatchObject({ total: 60 });
  });

  it('goes on without a cache that was killed, with one line, and uses it when it is back', async () => {
    const { path } = await create();
    await services.health('users', 200, ({ details }) => details.cache?.state === 'connected');
    const [away = 0, connected = 0] = services.told('users', CACHE_IS_AWAY, 'cache connected');
    await redis.stop('SIGKILL');
    for (let tries = 0; tries < 20; tries += 1) {
      expect(await services.request('GET', path)).toMatchObject({ status: 200 });
    }
    await tells([CACHE_IS_AWAY, 'cache connected'], [away + 1, connected]);
    expect(await services.health('users', 200)).toMatchObject({
      status: 'ok',
      info: { database: { status: 'up' } },
      error: { cache: CACHE_DOWN },
    });
    await redis.start();
    await tells([CACHE_IS_AWAY, 'cache connected'], [away + 1, connected + 1]);
    expect(await namesOf(await services.request('GET', path))).toHaveLength(3);
    expect(await namesOf(await services.request('GET', path))).toEqual(['get']);
  });

  it('waits no longer than commandTimeout for a cache that does not answer, with one line', async () => {
    const { path } = await create();
    const [away = 0] = services.told('users', CACHE_IS_AWAY);
    redis.freeze();
    try {
      for (let tries = 0; tries < 3; tries += 1) {
        const answer = await services.request('GET', path);
        expect(answer).toMatchObject({ status: 200 });
        // It is not asked a second time by the same request.
        expect(await namesOf(answer)).toEqual(['get', 'pg.query:SELECT postgres']);
      }
      expect(services.told('users', CACHE_IS_AWAY)).toEqual([away + 1]);
    } finally {
      redis.thaw();
    }
    await eventually(
      'the cache is used',
      async () => {
        const names = await namesOf(await services.request('GET', path));
        return names.length === 1 || undefined;
      },
      { timeoutMillis: 60_000 },
    );
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'answers 503 while the database is away after %s, with one line, and comes back',
    async (signal) => {
      const [away = 0] = services.told('users', DATABASE_IS_AWAY);
      await stopWhileAsked(5, signal);
      expect(await services.health('users', 503)).toMatchObject({
        status: 'error',
        info: { cache: { status: 'up' } },
        error: { database: DATABASE_DOWN },
        details: { database: DATABASE_DOWN },
      });
      for (let tries = 0; tries < 5; tries += 1) {
        const begunAt = Date.now();
        const answer = await services.request('GET', LIST);
        expect(answer).toMatchObject(UNAVAILABLE);
        expect(Date.now() - begunAt).toBeLessThan(DEADLINE_MILLIS);
        expect(
          await services.request('POST', '/api/v1/users', { name: 'X', email: 'x@example.com' }),
        ).toMatchObject(UNAVAILABLE);
      }
      expect(services.told('users', DATABASE_IS_AWAY)).toEqual([away + 1]);
      await startAndUnlock();
      expect((await services.answered(200, LIST)).body).toMatchObject({ total: 62 });
      expect(await services.health('users', 200)).toMatchObject({ status: 'ok', error: {} });
    },
  );

  it('answers 503 in time when the database does not answer, be it from the start', async () => {
    postgres.freeze();
    try {
      for (let tries = 0; tries < 3; tries += 1) {
        const begunAt = Date.now();
        expect(await services.request('GET', LIST)).toMatchObject(UNAVAILABLE);
        expect(Date.now() - begunAt).toBeLessThan(DEADLINE_MILLIS);
      }
      const [away = 0] = services.told('users', DATABASE_IS_AWAY);
      await services.kill('users');
      await services.start('users', stores);
      await tells([DATABASE_IS_AWAY], [away + 1]);
      expect(await services.request('GET', LIST)).toMatchObject(UNAVAILABLE);
    } finally {
      postgres.thaw();
    }
    await services.answered(200, LIST);
  });

  it('is shown by the gateway, which goes on without it', async () => {
    await services.kill('users');
    const isUsers = (state: string) => (body: Health) => body.details.users?.state === state;
    const health = await services.health('gateway', 200, isUsers('disconnected'));
    expect(health).toMatchObject({ status: 'ok', error: { users: { status: 'down', required: false } } });
    await services.start('users', stores);
    await services.health('gateway', 200, isUsers('connected'));
    await services.answered(200, LIST);
  });

  it('makes no line and no span of its health', () => {
    expect(services.output()).not.toMatch(/"\/healthz?"|Health Check/);
    expect(sink.spans.filter(({ name }) => name.includes('health'))).toEqual([]);
  });

  it('makes its table anew when the database has lost it', async () => {
    await postgres.stop();
    postgres.reset();
    await postgres.start();
    expect((await services.answered(200, LIST)).body).toMatchObject({ total: 50 });
  });

  it('makes no spans of connections, and none outside of a request', () => {
    const ofUsers = sink.spans.filter(({ service }) => service === 'users');
    const names = ofUsers.filter(({ kind }) => kind !== SERVER).map(({ name }) => name);
    expect([...new Set(names)].sort()).toEqual([
      'del',
      'get',
      'pg.query:BEGIN postgres',
      'pg.query:COMMIT postgres',
      'pg.query:DELETE postgres',
      'pg.query:INSERT postgres',
      'pg.query:SELECT postgres',
      'pg.query:UPDATE postgres',
      'set',
    ]);
    expect(ofUsers.filter(({ parentSpanId }) => (parentSpanId ?? '') === '')).toEqual([]);
  });

  it('tells no password, no SQL and no stack', async () => {
    const said = services.output();
    const exported = JSON.stringify([
      sink.spans.map(({ attributes, events }) => [attributes, events]),
      sink.logs,
    ]);
    expect(said).toContain(`"server.port":${postgres.port}`);
    for (const password of Object.values(PASSWORDS)) {
      expect(said).not.toContain(password);
      expect(exported).not.toContain(password);
    }
    await postgres.stop();
    const { body } = await services.answered(503, LIST);
    expect(JSON.stringify(body)).not.toMatch(/SELECT|ECONN|\.js|127\.0\.0\.1/);
  });

  it('ends in order while both are away', async () => {
    await redis.stop('SIGKILL');
    expect(await services.stop('users')).toBe(0);
  });

  it('keeps its users in memory without a URL', async () => {
    await services.start('users', { DATABASE_URL: '', REDIS_URL: '' });
    expect((await services.answered(200, LIST)).body).toMatchObject({ total: 50 });
    const { path } = await create();
    const answer = await services.request('GET', path);
    expect(answer).toMatchObject({ status: 200 });
    expect(await namesOf(answer)).toEqual([]);
    await services.kill('users');
    await services.start('users', { DATABASE_URL: '', REDIS_URL: '' });
    expect((await services.answered(404, path)).body).toMatchObject({ status: 404 });
  });
});
