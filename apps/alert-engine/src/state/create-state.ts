import type { Program } from '@trace/runtime';
import type { DurableState, StateOwner } from './durable-state';
import { SqliteState } from './sqlite/sqlite-state';

export interface StateSettings {
  readonly file: string;
  readonly maxFinishedNotifications: number;
}

/** Where the configuration says that the state is kept. */
export function createState(
  settings: StateSettings,
  logger: Program['logger'],
  owner: StateOwner,
): DurableState {
  return new SqliteState(settings, logger, owner);
}
