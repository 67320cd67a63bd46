import type { Config } from '../../config';

export type Operation = keyof Config['load']['mix'];

/** One request of the load, as `fetch` wants it. */
export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Draws an operation by its weight. */
export function drawOperation(mix: Readonly<Record<Operation, number>>, random: () => number): Operation {
  const weights = Object.entries(mix) as [Operation, number][];
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random() * total;
  for (const [operation, weight] of weights) {
    left -= weight;
    if (left < 0) return operation;
  }
  return 'listUsers';
}

/** What the load knows of the users that there are. */
export class KnownUsers {
  /** Those that others may look at too; never deleted. */
  private seen: readonly string[] = [];
  /** Our own, the oldest first; only these are deleted. */
  private readonly created: string[] = [];
  private readonly gone = new Set<string>();

  constructor(private readonly maxCreated = 200) {}

  /** There are enough of our own: the next one to come has to wait until one has gone. */
  get isFull(): boolean {
    return this.created.length >= this.maxCreated;
  }

  sawList(ids: readonly string[]): void {
    this.seen = ids;
  }

  wasCreated(id: string): void {
    this.created.push(id);
  }

  any(random: () => number): string | undefined {
    const known = [...this.seen, ...this.created].filter((id) => !this.gone.has(id));
    return known[Math.floor(random() * known.length)];
  }

  takeForDeletion(): string | undefined {
    const id = this.created.shift();
    if (id !== undefined) this.gone.add(id);
    if (this.gone.size > this.maxCreated) this.gone.delete(this.gone.values().next().value ?? '');
    return id;
  }
}

/** The request for an operation; what needs a user lists or creates one when none is known. */
export function requestFor(
  operation: Operation,
  users: KnownUsers,
  random: () => number,
  uniqueName: () => string,
): LoadRequest {
  const person = (): { name: string; email: string } => {
    const name = uniqueName();
    return { name, email: `${name}@example.com` };
  };
  const list: LoadRequest = { method: 'GET', path: '/api/v1/users?limit=20' };
  const create: LoadRequest = { method: 'POST', path: '/api/v1/users', body: person() };
  const withUser = (make: (id: string) => LoadRequest): LoadRequest => {
    const id = users.any(random);
    return id === undefined ? list : make(id);
  };
  const remove = (): LoadRequest => {
    const id = users.takeForDeletion();
    return id === undefined ? create : { method: 'DELETE', path: `/api/v1/users/${id}` };
  };
  switch (operation) {
    case 'listUsers':
      return list;
    case 'getUser':
      return withUser((id) => ({ method: 'GET', path: `/api/v1/users/${id}` }));
    case 'createUser':
      // The load must not push out the users that others work with.
      return users.isFull ? remove() : create;
    case 'updateUser':
      return withUser((id) => ({ method: 'PUT', path: `/api/v1/users/${id}`, body: person() }));
    case 'deleteUser':
      return remove();
    case 'createOrder':
      return withUser((userId) => ({
        method: 'POST',
        path: '/api/v1/orders',
        body: { userId, items: [{ sku: 'tea', quantity: 1 + Math.floor(random() * 5) }] },
      }));
    case 'missingUser':
      return { method: 'GET', path: '/api/v1/users/no-such-user' };
    case 'serverError':
      return { method: 'GET', path: '/api/v1/error' };
  }
}
