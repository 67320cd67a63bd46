import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import type { LinkState } from '../../links/link-state';
import { RedisCache } from './cache/redis-cache';
import { CachedUserStore } from './cached-user-store';
import { MemoryUserStore } from './memory-user-store';
import { PostgresUserStore } from './postgres/postgres-user-store';
import { seedUsers } from './seed-users';
import type { StoreOptions, UserStore } from './user-store';

export interface OpenStore {
  readonly store: UserStore;
  /** To what the store is kept in. */
  readonly links: readonly LinkState[];
}

/** In PostgreSQL when the configuration names one, else in memory; behind Redis when it names that. */
export function createUserStore(settings: Config['users'], logger: Logger): OpenStore {
  const { database, cache, maxUsers } = settings;
  const options: StoreOptions = { maxUsers, seed: seedUsers(settings.seedUsers), newId: randomUUID };
  const { store, links } =
    database.url === undefined
      ? { store: new MemoryUserStore(options), links: [] }
      : inPostgres(new PostgresUserStore({ ...database, url: database.url }, options, logger));
  if (cache.url === undefined) return { store, links };
  const redis = new RedisCache({ ...cache, url: cache.url }, logger);
  redis.connect();
  return { store: new CachedUserStore(store, redis), links: [...links, redis.link] };
}

function inPostgres(store: PostgresUserStore): OpenStore {
  return { store, links: [store.link] };
}
