import { Module, type DynamicModule } from '@nestjs/common';
import { healthPaths } from '../../health/health.openapi';
import { ServiceModule } from '../../http/service.module';
import { openApiDocument } from '../../openapi/openapi';
import { OPENAPI_DOCUMENT, OpenApiController } from '../../openapi/openapi.controller';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { startGrpcService } from '../../rpc/start-grpc-service';
import { createUserStore, type OpenStore } from './create-user-store';
import { USER_STORE } from './user-store';
import { UsersGrpcController } from './users.grpc-controller';

@Module({})
export class UsersModule {
  static forRoot(context: ModuleContext, { store, links }: OpenStore): DynamicModule {
    return {
      module: UsersModule,
      imports: [ServiceModule.forRoot({ role: 'users', context, dependencies: links })],
      controllers: [UsersGrpcController, OpenApiController],
      providers: [
        { provide: OPENAPI_DOCUMENT, useValue: openApiDocument('users', healthPaths) },
        { provide: USER_STORE, useValue: store },
      ],
    };
  }
}

export async function startUsers(context: RoleContext): Promise<void> {
  const { config, logger, shutdown } = context;
  const opened = createUserStore(config.users, logger);
  await startGrpcService('users', context, UsersModule.forRoot(context, opened));
  shutdown.add('close the store', () => opened.store.close(), 2000);
}
