import { randomUUID } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule } from '../../http/service.module';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { startGrpcService } from '../../rpc/start-grpc-service';
import { seed, UserStore } from './user-store';
import { UsersGrpcController } from './users.grpc-controller';

@Module({})
export class UsersModule {
  static forRoot(context: ModuleContext): DynamicModule {
    const { config } = context;
    const store = new UserStore(config.users.maxUsers, randomUUID);
    seed(store, config.users.seedUsers);
    return {
      module: UsersModule,
      imports: [ServiceModule.forRoot({ role: 'users', context })],
      controllers: [UsersGrpcController],
      providers: [{ provide: UserStore, useValue: store }],
    };
  }
}

export async function startUsers(context: RoleContext): Promise<void> {
  await startGrpcService('users', context, UsersModule.forRoot(context));
}
