import type { User, UserList } from '../../rpc/users-api';
import type { StoreFailure, StoreOptions, UserStore } from './user-store';

/** Users in memory, the oldest first. */
export class MemoryUserStore implements UserStore {
  private readonly users = new Map<string, User>();
  private readonly idByEmail = new Map<string, string>();

  constructor(private readonly options: StoreOptions) {
    for (const user of options.seed) this.add(user);
  }

  list(limit: number): Promise<UserList> {
    const users = [...this.users.values()].slice(-limit).reverse();
    return Promise.resolve({ users, total: this.users.size });
  }

  get(id: string): Promise<User | undefined> {
    return Promise.resolve(this.users.get(id));
  }

  create(fields: Omit<User, 'id'>): Promise<User | StoreFailure> {
    if (this.idByEmail.has(fields.email)) return Promise.resolve('e-mail taken');
    return Promise.resolve(this.add({ ...fields, id: this.options.newId() }));
  }

  update(user: User): Promise<User | StoreFailure> {
    const before = this.users.get(user.id);
    if (before === undefined) return Promise.resolve('not found');
    const holder = this.idByEmail.get(user.email);
    if (holder !== undefined && holder !== user.id) return Promise.resolve('e-mail taken');
    this.idByEmail.delete(before.email);
    return Promise.resolve(this.put(user));
  }

  delete(id: string): Promise<boolean> {
    return Promise.resolve(this.remove(id));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private add(user: User): User {
    const oldest = this.users.keys().next();
    if (this.users.size >= this.options.maxUsers && oldest.done !== true) this.remove(oldest.value);
    return this.put(user);
  }

  private put(user: User): User {
    this.users.set(user.id, user);
    this.idByEmail.set(user.email, user.id);
    return user;
  }

  private remove(id: string): boolean {
    const user = this.users.get(id);
    if (user === undefined) return false;
    this.idByEmail.delete(user.email);
    return this.users.delete(id);
  }
}
