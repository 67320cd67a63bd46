import type { User, UserList } from '../../rpc/users-api';

/** Injection token of the role's users. */
export const USER_STORE = Symbol('UserStore');

export type StoreFailure = 'not found' | 'e-mail taken';

/** What every store is made with. */
export interface StoreOptions {
  /** The oldest user goes when there are more. */
  readonly maxUsers: number;
  /** What a store that is empty at the start begins with. */
  readonly seed: readonly User[];
  readonly newId: () => string;
}

/** Users, one for an e-mail address. Each promise rejects with StoreUnavailable while the store's database is away. */
export interface UserStore {
  /** At most `limit` of them, the newest first, and how many there are in all. */
  list(limit: number): Promise<UserList>;
  get(id: string): Promise<User | undefined>;
  create(fields: Omit<User, 'id'>): Promise<User | StoreFailure>;
  update(user: User): Promise<User | StoreFailure>;
  /** False when there is no such user. */
  delete(id: string): Promise<boolean>;
  close(): Promise<void>;
}
