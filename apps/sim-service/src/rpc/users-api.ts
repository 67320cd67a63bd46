import type { Unary } from './grpc-client';

/** proto/users.proto as Nest's gRPC transport has it. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface UserList {
  readonly users: readonly User[];
  readonly total: number;
}

export interface UsersService {
  listUsers: Unary<{ limit: number }, UserList>;
  getUser: Unary<{ id: string }, User>;
  createUser: Unary<Omit<User, 'id'>, User>;
  updateUser: Unary<User, User>;
  deleteUser: Unary<{ id: string }, object>;
}
