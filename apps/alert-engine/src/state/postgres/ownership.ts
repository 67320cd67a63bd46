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
  revision bigint NOT NULL,
  engine text NOT NULL
)`;

interface OwnerRow {
  readonly schema_version: number;
  /** A bigint, which pg hands out as text; as is the next. */
  readonly epoch: string;
  readonly revision: string;
  readonly engine: string;
}

/** What an engine that owns the state knows of it. */
export interface Ownership {
  readonly engine: string;
  readonly epoch: number;
  /** How many transactions there were under this epoch. */
  readonly revision: number;
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
 * epoch that is older than the own one is of a database that was restored from a backup, and in nobody's way. After such
 * a restore another engine may have counted up to the own epoch.
 * @throws OvertakenError, NewerSchemaError
 */
export async function claim(client: ClientBase, { engine, lastEpoch }: Claimant): Promise<Ownership> {
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
  if (lastEpoch > 0 && knownEpoch >= lastEpoch && owner?.engine !== engine) throw new OvertakenError();
  for (const migration of MIGRATIONS.slice(version)) await client.query(migration);
  const epoch = Math.max(knownEpoch, lastEpoch) + 1;
  await client.query(
    `INSERT INTO alert_engine_owner (schema_version, epoch, revision, engine) VALUES ($1, $2, 0, $3)
     ON CONFLICT (only_row) DO UPDATE SET (schema_version, epoch, revision, engine) =
       (EXCLUDED.schema_version, EXCLUDED.epoch, EXCLUDED.revision, EXCLUDED.engine)`,
    [MIGRATIONS.length, epoch, engine],
  );
  return { engine, epoch, revision: 0 };
}

/**
 * Counts the revision up, so that until the end of this transaction nobody else claims the state. A revision that is lower
 * than the known one is of a database that went back in time behind a connection that lasts: a backup, or a replica that
 * had not received everything when it took over behind a pooler.
 *
 * It never is one's own commit whose answer was lost: that ends the connection, and the next has another epoch.
 * @returns what is known when this transaction is committed
 * @throws OvertakenError; or an Error if the database has forgotten something, and has to be claimed anew
 */
export async function verify(client: ClientBase, known: Ownership): Promise<Ownership> {
  const { rows } = await client.query<OwnerRow>(
    'UPDATE alert_engine_owner SET revision = revision + 1 RETURNING epoch, revision, engine',
  );
  const [epoch, revision] = [Number(rows[0]?.epoch ?? 0), Number(rows[0]?.revision ?? 0)];
  if (epoch > known.epoch || (epoch === known.epoch && rows[0]?.engine !== known.engine))
    throw new OvertakenError();
  if (epoch < known.epoch || revision <= known.revision)
    throw new Error('it has an older state in it, as from a backup');
  return { ...known, revision };
}

async function lockedOwner(
  client: ClientBase,
): Promise<Pick<OwnerRow, 'schema_version' | 'epoch' | 'engine'> | undefined> {
  const { rows } = await client.query<OwnerRow>(
    'SELECT schema_version, epoch, engine FROM alert_engine_owner FOR UPDATE',
  );
  return rows[0];
}
