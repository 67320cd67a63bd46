import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import type { z } from 'zod';
import { FaultInterceptor } from '../../faults/fault.interceptor';
import { ZodPipe } from '../../problem/zod.pipe';
import type { User, UserList } from '../../rpc/users-api';
import { listLimit, newUser, userId } from '../users/user.schema';
import { UsersClient } from './clients';

const idPipe = new ZodPipe(userId, ['id']);
const userPipe = new ZodPipe(newUser);
const limitPipe = new ZodPipe(listLimit.default(20), ['limit']);

@Controller('api/v1/users')
@UseInterceptors(FaultInterceptor)
export class UsersController {
  constructor(private readonly users: UsersClient) {}

  @Get()
  list(@Query('limit', limitPipe) limit: number): Promise<UserList> {
    return this.users.call((service) => service.listUsers, { limit });
  }

  @Post()
  create(@Body(userPipe) user: z.output<typeof newUser>): Promise<User> {
    return this.users.call((service) => service.createUser, user);
  }

  @Get(':id')
  get(@Param('id', idPipe) id: string): Promise<User> {
    return this.users.call((service) => service.getUser, { id });
  }

  @Put(':id')
  update(@Param('id', idPipe) id: string, @Body(userPipe) user: z.output<typeof newUser>): Promise<User> {
    return this.users.call((service) => service.updateUser, { ...user, id });
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Param('id', idPipe) id: string): Promise<void> {
    await this.users.call((service) => service.deleteUser, { id });
  }
}
