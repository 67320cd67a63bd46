import type { Cache } from './cache/cache';
import { CachedUserStore } from './cached-user-store';
import { MemoryUserStore } from './memory-user-store';
import { seedUsers } from './seed-users';
import { itIsAUserStore } from './user-store.contract';

class MapCache implements Cache {
  readonly entries = new Map<string, string>();

  read(key: string): Promise<string | undefined> {
    return Promise.resolve(this.entries.get(key));
  }

  write(key: string, value: string): Promise<void> {
    this.entries.set(key, value);
    return Promise.resolve();
  }

  remove(key: string): Promise<void> {
    this.entries.delete(key);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('CachedUserStore', () => {
  itIsAUserStore((options) =>
    Promise.resolve(new CachedUserStore(new MemoryUserStore(options), new MapCache())),
  );

  const user = { id: '1', name: 'User 1', email: 'user-1@example.com' };
  let cache: MapCache;
  let store: MemoryUserStore;
  let users: CachedUserStore;

  beforeEach(() => {
    cache = new MapCache();
    store = new MemoryUserStore({ maxUsers: 10, seed: seedUsers(2), newId: () => 'new' });
    users = new CachedUserStore(store, cache);
  });

  it('asks the store once', async () => {
    const get = jest.spyOn(store, 'get');
    expect([await users.get('1'), await users.get('1')]).toEqual([user, user]);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it('does not remember that there is no such user', async () => {
    await users.get('new');
    expect(cache.entries.size).toBe(0);
    await users.create({ name: 'New', email: 'new@example.com' });
    expect(await users.get('new')).toMatchObject({ name: 'New' });
  });

  it('forgets a user that is changed or deleted', async () => {
    await users.get('1');
    await users.update({ ...user, name: 'Changed' });
    expect(await users.get('1')).toMatchObject({ name: 'Changed' });
    await users.delete('1');
    expect(await users.get('1')).toBeUndefined();
  });

  it.each(['', '{', 'null', '{"id":"1"}', '{"id":"1","name":"","email":"x"}'])(
    'asks the store when the cache holds %j',
    async (text) => {
      cache.entries.set('sample_users:1', text);
      expect(await users.get('1')).toEqual(user);
    },
  );
});
