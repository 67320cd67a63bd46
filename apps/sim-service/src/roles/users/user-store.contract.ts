import { seedUsers } from './seed-users';
import type { StoreOptions, UserStore } from './user-store';

/** What every store does. `open` makes one that is empty but for the seed; run inside of a describe. */
export function itIsAUserStore(open: (options: StoreOptions) => Promise<UserStore>): void {
  let users: UserStore;

  const opened = async (maxUsers: number, seedCount: number): Promise<UserStore> => {
    let nextId = 100;
    users = await open({ maxUsers, seed: seedUsers(seedCount), newId: () => String(nextId++) });
    return users;
  };
  const idsOf = async (limit: number): Promise<string[]> =>
    (await users.list(limit)).users.map(({ id }) => id);

  afterEach(() => users.close());

  it('begins with the seed, and lists the newest first', async () => {
    await opened(10, 3);
    expect(await users.get('2')).toEqual({ id: '2', name: 'User 2', email: 'user-2@example.com' });
    expect(await users.get('4')).toBeUndefined();
    expect(await users.create({ name: 'New', email: 'new@example.com' })).toMatchObject({ id: '100' });
    expect(await users.list(2)).toEqual({
      users: [
        { id: '100', name: 'New', email: 'new@example.com' },
        { id: '3', name: 'User 3', email: 'user-3@example.com' },
      ],
      total: 4,
    });
  });

  it('may be empty', async () => {
    await opened(10, 0);
    expect(await users.list(10)).toEqual({ users: [], total: 0 });
  });

  it('keeps of a seed that is too large the newest', async () => {
    await opened(2, 5);
    expect(await users.list(10)).toMatchObject({ users: [{ id: '5' }, { id: '4' }], total: 2 });
  });

  it('lets the oldest go when it is full, with its e-mail address', async () => {
    await opened(3, 3);
    await users.create({ name: 'New', email: 'new@example.com' });
    expect((await users.list(10)).total).toBe(3);
    expect(await users.get('1')).toBeUndefined();
    expect(await idsOf(10)).toEqual(['100', '3', '2']);
    const again = await users.create({ name: 'Again', email: 'user-1@example.com' });
    expect(again).toMatchObject({ name: 'Again', email: 'user-1@example.com' });
  });

  it('lets nobody go for a user that is refused', async () => {
    await opened(3, 3);
    expect(await users.create({ name: 'X', email: 'user-2@example.com' })).toBe('e-mail taken');
    expect(await idsOf(10)).toEqual(['3', '2', '1']);
  });

  it('has one user for an e-mail address', async () => {
    await opened(10, 2);
    expect(await users.create({ name: 'X', email: 'user-1@example.com' })).toBe('e-mail taken');
    expect(await users.update({ id: '2', name: 'X', email: 'user-1@example.com' })).toBe('e-mail taken');
    expect(await users.update({ id: '1', name: 'X', email: 'x@example.com' })).toMatchObject({ name: 'X' });
    expect(await users.update({ id: '2', name: 'Y', email: 'user-1@example.com' })).toMatchObject({
      name: 'Y',
    });
    expect(await users.get('2')).toEqual({ id: '2', name: 'Y', email: 'user-1@example.com' });
    expect(await users.update({ id: '9', name: 'Z', email: 'z@example.com' })).toBe('not found');
    expect(await users.delete('1')).toBe(true);
    expect(await users.delete('1')).toBe(false);
    expect(await users.create({ name: 'Z', email: 'x@example.com' })).toMatchObject({ name: 'Z' });
  });

  it('leaves a user that is changed in its place', async () => {
    await opened(10, 3);
    await users.update({ id: '1', name: 'Changed', email: 'user-1@example.com' });
    expect(await idsOf(10)).toEqual(['3', '2', '1']);
  });

  it('takes every text as it is', async () => {
    await opened(10, 1);
    const fields = { name: `'; DROP TABLE users; -- "ä€😀\\`, email: "o'hara@example.com" };
    const created = await users.create(fields);
    expect(created).toMatchObject(fields);
    expect((await users.list(10)).users).toEqual([created, expect.objectContaining({ id: '1' })]);
    expect(await users.get("1' OR '1'='1")).toBeUndefined();
  });

  it('is exact when many are added at once', async () => {
    await opened(5, 5);
    for (let round = 0; round < 10; round += 1) {
      const emails = Array.from({ length: 6 }, (_, n) => `new-${round}-${n % 5}@example.com`);
      const results = await Promise.all(emails.map((email) => users.create({ name: 'New', email })));
      expect(results.filter((result) => result === 'e-mail taken')).toHaveLength(1);
      expect((await users.list(100)).total).toBe(5);
    }
  });
}
