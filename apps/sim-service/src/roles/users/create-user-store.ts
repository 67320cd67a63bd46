import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import { RedisCache } from './cache/redis-cache';
import { CachedUserStore } from './cached-user-store';
import { MemoryUserStore } from './memory-user-store';
import { PostgresUserStore } from './postgres/postgres-user-store';
import { seedUsers } from './seed-users';
import type { StoreOptions, UserStore } from './user-store';

/** In PostgreSQL when the configuration names one, else in memory; behind Redis when it names that. */
export function createUserStore(settings: Config['users'], logger: Logger): UserStore {
  const { database, cache, maxUsers } = settings;
  const options: StoreOptions = { maxUsers, seed: seedUsers(settings.seedUsers), newId: randomUUID };
  const store =
    database.url === undefined
      ? new MemoryUserStore(options)
      : new PostgresUserStore({ ...database, url: database.url }, options, logger);
  if (cache.url === undefined) return store;
  const redis = new RedisCache({ ...cache, url: cache.url }, logger);
  redis.connect();
  return new CachedUserStore(store, redis);
}
