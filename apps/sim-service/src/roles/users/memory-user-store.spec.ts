import { seed, UserStore } from './user-store';

describe('UserStore', () => {
  let nextId = 0;
  const store = (maxUsers: number): UserStore => {
    nextId = 100;
    return new UserStore(maxUsers, () => String(nextId++));
  };

  it('lets the oldest go when it is full, with its e-mail address', () => {
    const users = store(3);
    seed(users, 3);
    users.create({ name: 'New', email: 'new@example.com' });
    expect(users.size).toBe(3);
    expect(users.get('1')).toBeUndefined();
    expect(users.list(10).map(({ id }) => id)).toEqual(['100', '3', '2']);
    expect(users.create({ name: 'Again', email: 'user-1@example.com' })).toMatchObject({ id: '101' });
  });

  it('has one user for an e-mail address', () => {
    const users = store(10);
    seed(users, 2);
    expect(users.create({ name: 'X', email: 'user-1@example.com' })).toBe('e-mail taken');
    expect(users.update({ id: '2', name: 'X', email: 'user-1@example.com' })).toBe('e-mail taken');
    expect(users.update({ id: '1', name: 'X', email: 'x@example.com' })).toMatchObject({ name: 'X' });
    expect(users.update({ id: '2', name: 'Y', email: 'user-1@example.com' })).toMatchObject({ name: 'Y' });
    expect(users.update({ id: '9', name: 'Z', email: 'z@example.com' })).toBe('not found');
    expect(users.delete('1')).toBe(true);
    expect(users.delete('1')).toBe(false);
    expect(users.create({ name: 'Z', email: 'x@example.com' })).toMatchObject({ name: 'Z' });
  });
});
