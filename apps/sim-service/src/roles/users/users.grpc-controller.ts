import { Controller, Inject, UseInterceptors } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { status } from '@grpc/grpc-js';
import { RequestLogInterceptor } from '@trace/telemetry/nestjs';
import { z } from 'zod';
import { FaultInterceptor } from '../../faults/fault.interceptor';
import { RpcFailureInterceptor } from '../../rpc/rpc-failure.interceptor';
import { RpcError } from '../../rpc/rpc-error';
import type { User, UserList } from '../../rpc/users-api';
import { validate } from '../../rpc/validate';
import { USER_STORE, type StoreFailure, type UserStore } from './user-store';
import { listLimit, newUser, user, userId } from './user.schema';

const byId = z.strictObject({ id: userId });
const list = z.strictObject({ limit: listLimit });

@Controller()
@UseInterceptors(RequestLogInterceptor, RpcFailureInterceptor, FaultInterceptor)
export class UsersGrpcController {
  constructor(@Inject(USER_STORE) private readonly store: UserStore) {}

  @GrpcMethod('UsersService', 'ListUsers')
  list(request: unknown): Promise<UserList> {
    return this.store.list(validate(list, request).limit);
  }

  @GrpcMethod('UsersService', 'GetUser')
  async get(request: unknown): Promise<User> {
    const { id } = validate(byId, request);
    return this.found((await this.store.get(id)) ?? 'not found', id);
  }

  @GrpcMethod('UsersService', 'CreateUser')
  async create(request: unknown): Promise<User> {
    const fields = validate(newUser, request);
    return this.found(await this.store.create(fields), fields.email);
  }

  @GrpcMethod('UsersService', 'UpdateUser')
  async update(request: unknown): Promise<User> {
    const changed = validate(user, request);
    return this.found(await this.store.update(changed), changed.id);
  }

  @GrpcMethod('UsersService', 'DeleteUser')
  async delete(request: unknown): Promise<object> {
    const { id } = validate(byId, request);
    if (!(await this.store.delete(id))) this.found('not found', id);
    return {};
  }

  private found(result: User | StoreFailure, subject: string): User {
    if (typeof result === 'object') return result;
    if (result === 'not found') throw new RpcError(status.NOT_FOUND, `there is no user ${subject}`);
    throw new RpcError(status.ALREADY_EXISTS, 'another user has this e-mail address');
  }
}
