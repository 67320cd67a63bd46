import { createRequire } from 'node:module';
import type { Program } from '@trace/runtime';
import type { AlertEngineConfig } from '../config-schema';
import type { DurableState, StateOwner } from './durable-state';
import { SqliteState } from './sqlite/sqlite-state';

export type StateSettings = AlertEngineConfig['state'] & { readonly file: string };

/** PostgreSQL's client takes some 10 MiB of a process, and most do without. */
const load = createRequire(__filename);

/** Where the configuration says that the state is kept: in a database if it names one, else in a file. */
export function createState(
  { database, file, maxFinishedNotifications }: StateSettings,
  logger: Program['logger'],
  owner: StateOwner,
): DurableState {
  const { url } = database;
  if (url === undefined) return new SqliteState({ file, maxFinishedNotifications }, logger, owner);
  const { PostgresState } = load('./postgres/postgres-state') as typeof import('./postgres/postgres-state');
  return new PostgresState({ ...database, url, maxFinishedNotifications }, logger, owner);
}
