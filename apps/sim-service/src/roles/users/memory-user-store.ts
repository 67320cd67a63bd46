import type { User } from '../../rpc/users-api';

export type StoreFailure = 'not found' | 'e-mail taken';

/** Users in memory. The oldest one goes when there are more than `maxUsers`. */
export class UserStore {
  private readonly users = new Map<string, User>();
  private readonly idByEmail = new Map<string, string>();

  constructor(
    private readonly maxUsers: number,
    private readonly newId: () => string,
  ) {}

  get size(): number {
    return this.users.size;
  }

  /** The newest first. */
  list(limit: number): User[] {
    return [...this.users.values()].slice(-limit).reverse();
  }

  get(id: string): User | undefined {
    return this.users.get(id);
  }

  create(fields: Omit<User, 'id'>, id = this.newId()): User | StoreFailure {
    if (this.idByEmail.has(fields.email)) return 'e-mail taken';
    const oldest = this.users.keys().next();
    if (this.users.size >= this.maxUsers && oldest.done !== true) this.delete(oldest.value);
    return this.put({ ...fields, id });
  }

  update(user: User): User | StoreFailure {
    const before = this.users.get(user.id);
    if (before === undefined) return 'not found';
    const holder = this.idByEmail.get(user.email);
    if (holder !== undefined && holder !== user.id) return 'e-mail taken';
    this.idByEmail.delete(before.email);
    return this.put(user);
  }

  delete(id: string): boolean {
    const user = this.users.get(id);
    if (user === undefined) return false;
    this.idByEmail.delete(user.email);
    return this.users.delete(id);
  }

  private put(user: User): User {
    this.users.set(user.id, user);
    this.idByEmail.set(user.email, user.id);
    return user;
  }
}

/** Fills the store with users "1", "2", …, so that there is somebody to ask for from the start. */
export function seed(store: UserStore, count: number): void {
  for (let n = 1; n <= count; n++) {
    store.create({ name: `User ${n}`, email: `user-${n}@example.com` }, String(n));
  }
}
