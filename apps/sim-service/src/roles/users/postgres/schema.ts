import type { ClientBase } from 'pg';
import type { StoreOptions } from '../user-store';
import { evict, lockAdditions } from './statements';

/** Named so that it is nobody else's `users`: rows of it go when there are too many. */
const TABLE = `CREATE TABLE IF NOT EXISTS sample_users (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL,
  name text NOT NULL,
  email text NOT NULL
)`;
const INDEXES = [
  'CREATE UNIQUE INDEX IF NOT EXISTS sample_users_id ON sample_users (id)',
  'CREATE UNIQUE INDEX IF NOT EXISTS sample_users_email ON sample_users (email)',
];
const SEED = `INSERT INTO sample_users (id, name, email)
SELECT id, name, email FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS seed (id, name, email, n)
WHERE NOT EXISTS (SELECT FROM sample_users) ORDER BY n`;

/** Makes the table, and fills one that is empty with the seed; runs in a transaction. */
export async function prepare(client: ClientBase, { seed, maxUsers }: StoreOptions): Promise<void> {
  // Two that create at the same time would fail on each other.
  await lockAdditions(client);
  for (const statement of [TABLE, ...INDEXES]) await client.query(statement);
  await client.query(SEED, [
    seed.map(({ id }) => id),
    seed.map(({ name }) => name),
    seed.map(({ email }) => email),
  ]);
  await evict(client, maxUsers);
}
