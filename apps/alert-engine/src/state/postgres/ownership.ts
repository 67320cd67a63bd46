import type { ClientBase } from 'pg';
import { NewerSchemaError } from '../newer-schema-error';
import { MIGRATIONS } from './migrations';
import { OvertakenError } from './postgres-error';

/** Any number that nobody else locks in this database. */
const CLAIMS = 7_465_616_366;

/** The state has one row of this. Its version is that of the schema of the other tables. */
const TABLE = `CREATE TABLE alert_engine_owner (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  schema_version integer NOT NULL,
  epoch bigint NOT NULL,
  engine text NOT NULL
)`;

interface OwnerRow {
  readonly schema_version: number;
  /** A bigint, which pg hands out as text. */
  readonly epoch: string;
  readonly engine: string;
}

/** Who wants to own the state. */
export interface Claimant {
  /** Another one for each start of the program. */
  readonly engine: string;
  /** Under which it owned the state before, 0 when it never did. */
  readonly lastEpoch: number;
}

/**
 * From the end of this transaction on, whoever has owned the state under an earlier epoch writes no more. Makes the
 * tables if need be.
 *
 * Nobody takes the state back from an engine that has taken it over: the two would take it from each other for ever. An
 * epoch that is older than the own one is of a database that was restored from a backup, and in nobody's way.
 * @returns the new epoch
 * @throws OvertakenError, NewerSchemaError
 */
export async function claim(client: ClientBase, { engine, lastEpoch }: Claimant): Promise<number> {
  // Two that make the tables at the same time would fail on each other.
  await client.query('SELECT pg_advisory_xact_lock($1)', [CLAIMS]);
  const { rows } = await client.query<{ owner: string | null }>(
    "SELECT to_regclass('alert_engine_owner')::text AS owner",
  );
  if (typeof rows[0]?.owner !== 'string') await client.query(TABLE);
  const owner = await lockedOwner(client);
  const version = owner?.schema_version ?? 0;
  if (version > MIGRATIONS.length) throw new NewerSchemaError(version);
  const knownEpoch = Number(owner?.epoch ?? 0);
  if (lastEpoch > 0 && knownEpoch > lastEpoch && owner?.engine !== engine) throw new OvertakenError();
  for (const migration of MIGRATIONS.slice(version)) await client.query(migration);
  const epoch = Math.max(knownEpoch, lastEpoch) + 1;
  await client.query(
    `INSERT INTO alert_engine_owner (schema_version, epoch, engine) VALUES ($1, $2, $3)
     ON CONFLICT (only_row) DO UPDATE
       SET (schema_version, epoch, engine) = (EXCLUDED.schema_version, EXCLUDED.epoch, EXCLUDED.engine)`,
    [MIGRATIONS.length, epoch, engine],
  );
  return epoch;
}

/**
 * Until the end of this transaction nobody else claims the state. It is a write to the disk, too.
 * @throws OvertakenError; or an Error if the database has forgotten this epoch, and has to be claimed anew
 */
export async function verify(client: ClientBase, epoch: number): Promise<void> {
  const owner = await lockedOwner(client);
  const knownEpoch = Number(owner?.epoch ?? 0);
  if (knownEpoch > epoch) throw new OvertakenError();
  if (knownEpoch < epoch) throw new Error('it has an older state in it, as from a backup');
}

async function lockedOwner(client: ClientBase): Promise<OwnerRow | undefined> {
  const { rows } = await client.query<OwnerRow>(
    'SELECT schema_version, epoch, engine FROM alert_engine_owner FOR UPDATE',
  );
  return rows[0];
}
