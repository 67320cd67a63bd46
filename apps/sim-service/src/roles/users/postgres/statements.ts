import type { ClientBase } from 'pg';

/** Any number that nobody else locks in this database. */
const ADDITIONS = 7_465_616_365;

/** Until the end of the transaction nobody else adds users, so that how many there are is exact. */
export async function lockAdditions(client: ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [ADDITIONS]);
}

/** Lets the oldest go until there are `maxUsers`. */
export async function evict(client: ClientBase, maxUsers: number): Promise<void> {
  await client.query(
    'DELETE FROM sample_users WHERE position IN (SELECT position FROM sample_users ORDER BY position DESC OFFSET $1)',
    [maxUsers],
  );
}
