import type { User, UserList } from '../../rpc/users-api';
import type { Cache } from './cache/cache';
import { user as userSchema } from './user.schema';
import type { StoreFailure, UserStore } from './user-store';

/**
 * A store behind a cache for `get`. What is changed through it is forgotten by the cache at once; what is changed
 * past it, or while the cache is away, may be read as it was until the cache's entries expire.
 */
export class CachedUserStore implements UserStore {
  constructor(
    private readonly store: UserStore,
    private readonly cache: Cache,
  ) {}

  list(limit: number): Promise<UserList> {
    return this.store.list(limit);
  }

  async get(id: string): Promise<User | undefined> {
    const cached = userOf(await this.cache.read(keyOf(id)));
    if (cached !== undefined) return cached;
    const user = await this.store.get(id);
    if (user !== undefined) await this.cache.write(keyOf(id), JSON.stringify(user));
    return user;
  }

  create(fields: Omit<User, 'id'>): Promise<User | StoreFailure> {
    return this.store.create(fields);
  }

  async update(user: User): Promise<User | StoreFailure> {
    const result = await this.store.update(user);
    await this.cache.remove(keyOf(user.id));
    return result;
  }

  async delete(id: string): Promise<boolean> {
    const result = await this.store.delete(id);
    await this.cache.remove(keyOf(id));
    return result;
  }

  async close(): Promise<void> {
    await Promise.all([this.store.close(), this.cache.close()]);
  }
}

function keyOf(id: string): string {
  return `sample_users:${id}`;
}

/** Another program, or another version of this one, may have written something else. */
function userOf(text: string | undefined): User | undefined {
  if (text === undefined) return undefined;
  try {
    return userSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
