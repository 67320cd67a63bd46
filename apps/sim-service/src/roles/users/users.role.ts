import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule } from '../../http/service.module';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { startGrpcService } from '../../rpc/start-grpc-service';
import { createUserStore } from './create-user-store';
import { USER_STORE, type UserStore } from './user-store';
import { UsersGrpcController } from './users.grpc-controller';

@Module({})
export class UsersModule {
  static forRoot(context: ModuleContext, store: UserStore): DynamicModule {
    return {
      module: UsersModule,
      imports: [ServiceModule.forRoot({ role: 'users', context })],
      controllers: [UsersGrpcController],
      providers: [{ provide: USER_STORE, useValue: store }],
    };
  }
}

export async function startUsers(context: RoleContext): Promise<void> {
  const { config, logger, shutdown } = context;
  const store = createUserStore(config.users, logger);
  await startGrpcService('users', context, UsersModule.forRoot(context, store));
  shutdown.add('close the store', () => store.close(), 2000);
}
