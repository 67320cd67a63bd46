import { Module, type DynamicModule } from '@nestjs/common';
import { createApp, listen } from '../../http/create-app';
import { ServiceModule } from '../../http/service.module';
import { OPENAPI_DOCUMENT, OpenApiController } from '../../openapi/openapi.controller';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { OrdersClient, UsersClient } from './clients';
import { ErrorController } from './error.controller';
import { gatewayDocument } from './gateway.openapi';
import { OrdersController } from './orders.controller';
import { UsersController } from './users.controller';

@Module({})
export class GatewayModule {
  static forRoot(context: ModuleContext): DynamicModule {
    const { config } = context;
    const users = new UsersClient(config.gateway);
    const orders = new OrdersClient(config.gateway);
    return {
      module: GatewayModule,
      imports: [ServiceModule.forRoot({ role: 'gateway', context, dependencies: [users, orders] })],
      controllers: [UsersController, OrdersController, ErrorController, OpenApiController],
      providers: [
        { provide: UsersClient, useFactory: () => users },
        { provide: OrdersClient, useFactory: () => orders },
        { provide: OPENAPI_DOCUMENT, useValue: gatewayDocument },
      ],
    };
  }
}

export async function startGateway(context: RoleContext): Promise<void> {
  const { config, configFile, logger, shutdown } = context;
  const { http, maxBody } = config.gateway;
  const app = await createApp(GatewayModule.forRoot(context), logger, maxBody);
  await listen(app, logger, { ...http, setting: `gateway.http.port in ${configFile}` });
  shutdown.add('stop accepting and drain', () => app.close(), 10_000);
}
