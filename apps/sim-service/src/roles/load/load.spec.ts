import { seededRandom } from '../../faults/random';
import { Arrivals } from './arrivals';
import { drawOperation, KnownUsers, requestFor, type Operation } from './mix';

const MIX: Record<Operation, number> = {
  listUsers: 24,
  getUser: 34,
  createUser: 8,
  updateUser: 6,
  deleteUser: 6,
  createOrder: 20,
  missingUser: 2,
  serverError: 0,
};

describe('drawOperation', () => {
  it('follows the weights, and never draws one of weight 0', () => {
    const random = seededRandom(3);
    const drawn = new Map<Operation, number>();
    for (let i = 0; i < 10_000; i++) {
      const operation = drawOperation(MIX, random);
      drawn.set(operation, (drawn.get(operation) ?? 0) + 1);
    }
    expect(drawn.get('createOrder')).toBeGreaterThan(1800);
    expect(drawn.get('createOrder')).toBeLessThan(2200);
    expect(drawn.get('serverError')).toBeUndefined();
  });
});

describe('requestFor', () => {
  const name = (): string => 'n';

  it('asks for users that there are, and deletes only its own, once', () => {
    const users = new KnownUsers();
    users.sawList(['1', 'mine']);
    users.wasCreated('mine');
    expect(requestFor('deleteUser', users, () => 0, name)).toEqual({
      method: 'DELETE',
      path: '/api/v1/users/mine',
    });
    expect(requestFor('deleteUser', users, () => 0, name).method).toBe('POST');
    for (const at of [0, 0.5, 0.999]) {
      expect(requestFor('getUser', users, () => at, name).path).toBe('/api/v1/users/1');
    }
  });

  it('creates no more users than it may, so that it never pushes out those of others', () => {
    const users = new KnownUsers(2);
    users.wasCreated('a');
    expect(requestFor('createUser', users, () => 0, name).method).toBe('POST');
    users.wasCreated('b');
    expect(requestFor('createUser', users, () => 0, name)).toEqual({
      method: 'DELETE',
      path: '/api/v1/users/a',
    });
    expect(requestFor('createUser', users, () => 0, name).method).toBe('POST');
  });

  it('lists when it knows nobody', () => {
    expect(requestFor('createOrder', new KnownUsers(), () => 0, name).path).toBe('/api/v1/users?limit=20');
  });
});

describe('Arrivals', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('come at the rate asked for, whatever becomes of the earlier ones, until stopped', () => {
    let count = 0;
    const arrivals = new Arrivals(5, () => count++, seededRandom(7), Date.now);
    arrivals.start();
    jest.advanceTimersByTime(200_000);
    expect(count).toBeGreaterThan(900);
    expect(count).toBeLessThan(1100);
    arrivals.stop();
    const stoppedAt = count;
    jest.advanceTimersByTime(10_000);
    expect(count).toBe(stoppedAt);
  });
});
