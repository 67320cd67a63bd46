import type { Logger } from 'pino';
import { DatabaseError, type ClientBase } from 'pg';
import { LinkState } from '../../../links/link-state';
import type { User, UserList } from '../../../rpc/users-api';
import type { StoreFailure, StoreOptions, UserStore } from '../user-store';
import { Database, type DatabaseSettings } from './database';
import { databaseLink } from './database-link';
import { prepare } from './schema';
import { evict, lockAdditions } from './statements';

const UNIQUE_VIOLATION = '23505';

/** Users in PostgreSQL. What was answered is on its disk. */
export class PostgresUserStore implements UserStore {
  readonly link: LinkState;
  private readonly database: Database;

  constructor(
    settings: DatabaseSettings & { readonly url: URL },
    private readonly options: StoreOptions,
    logger: Logger,
  ) {
    this.link = new LinkState(databaseLink(settings.url), logger);
    this.database = new Database(settings, (client) => prepare(client, options), this.link);
    this.database.connect();
  }

  list(limit: number): Promise<UserList> {
    return this.database.use(async (client) => {
      const { rows } = await client.query<User & { total: string }>(
        'SELECT id, name, email, count(*) OVER () AS total FROM sample_users ORDER BY position DESC LIMIT $1',
        [limit],
      );
      const users = rows.map(({ id, name, email }) => ({ id, name, email }));
      return { users, total: Number(rows[0]?.total ?? 0) };
    });
  }

  get(id: string): Promise<User | undefined> {
    return this.database.use(async (client) => {
      const { rows } = await client.query<User>('SELECT id, name, email FROM sample_users WHERE id = $1', [
        id,
      ]);
      return rows[0];
    });
  }

  create({ name, email }: Omit<User, 'id'>): Promise<User | StoreFailure> {
    return this.database.transaction(async (client) => {
      await lockAdditions(client);
      const { rows } = await client.query<User>(
        'INSERT INTO sample_users (id, name, email) VALUES ($1, $2, $3) ON CONFLICT (email) DO NOTHING RETURNING id, name, email',
        [this.options.newId(), name, email],
      );
      const [created] = rows;
      if (created === undefined) return 'e-mail taken';
      await evict(client, this.options.maxUsers);
      return created;
    });
  }

  async update({ id, name, email }: User): Promise<User | StoreFailure> {
    try {
      return await this.database.use((client) => updated(client, { id, name, email }));
    } catch (error) {
      if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) return 'e-mail taken';
      throw error;
    }
  }

  delete(id: string): Promise<boolean> {
    return this.database.use(async (client) => {
      const { rowCount } = await client.query('DELETE FROM sample_users WHERE id = $1', [id]);
      return rowCount === 1;
    });
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

async function updated(client: ClientBase, { id, name, email }: User): Promise<User | StoreFailure> {
  const { rows } = await client.query<User>(
    'UPDATE sample_users SET name = $2, email = $3 WHERE id = $1 RETURNING id, name, email',
    [id, name, email],
  );
  return rows[0] ?? 'not found';
}
