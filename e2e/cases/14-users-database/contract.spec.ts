import { createLogger } from '@trace/runtime';
import { Client } from 'pg';
import { PostgresUserStore } from '../../../apps/sim-service/dist/roles/users/postgres/postgres-user-store.js';
import { seedUsers } from '../../../apps/sim-service/dist/roles/users/seed-users.js';
import type { StoreOptions, UserStore } from '../../../apps/sim-service/dist/roles/users/user-store.js';
import { itIsAUserStore } from '../../../apps/sim-service/dist/roles/users/user-store.contract.js';
import { eventually } from '../../support/wait.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { describeWithServers, postgresUrl, preparePostgres } from '../../support/servers.ts';

describeWithServers('users in PostgreSQL', () => {
  let postgres: ServerProcess;
  let client: Client;

  beforeAll(async () => {
    postgres = await preparePostgres();
    await postgres.start();
    client = await eventually('a connection', () => connected(postgresUrl(postgres)), {
      timeoutMillis: 60_000,
    });
  });
  afterAll(async () => {
    await client.end();
    await postgres.close();
  });

  const open = async (options: StoreOptions): Promise<UserStore> => {
    const settings = {
      url: new URL(postgresUrl(postgres)),
      maxConnections: 5,
      connectTimeout: 30_000,
      queryTimeout: 30_000,
      maxReconnectDelay: 1000,
    };
    const store = new PostgresUserStore(settings, options, createLogger('contract', 'silent'));
    await eventually('the store is ready', () => store.list(1), {
      timeoutMillis: 60_000,
      intervalMillis: 20,
    });
    return store;
  };

  beforeEach(() => client.query('DROP TABLE IF EXISTS sample_users'));

  describe('as every store', () => {
    itIsAUserStore(open);
  });

  it('gets its seed once', async () => {
    const options = { maxUsers: 10, seed: seedUsers(3), newId: () => 'new' };
    const first = await open(options);
    await first.delete('1');
    await first.create({ name: 'New', email: 'new@example.com' });
    await first.close();
    const second = await open(options);
    const { users } = await second.list(10);
    await second.close();
    expect(users.map(({ id }) => id)).toEqual(['new', '3', '2']);
  });

  it('is prepared by several at once', async () => {
    const options = { maxUsers: 10, seed: seedUsers(3), newId: () => 'new' };
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(options)));
    const lists = await Promise.all(stores.map((store) => store.list(10)));
    await Promise.all(stores.map((store) => store.close()));
    expect(lists.map(({ total }) => total)).toEqual([3, 3, 3, 3, 3]);
  });
});

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}
