import { Module, type DynamicModule } from '@nestjs/common';
import { healthPaths } from '../../health/health.openapi';
import { ServiceModule } from '../../http/service.module';
import { openApiDocument } from '../../openapi/openapi';
import { OPENAPI_DOCUMENT, OpenApiController } from '../../openapi/openapi.controller';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { LinkState } from '../../links/link-state';
import { brokerLink } from '../../messaging/broker-link';
import { peerOf } from '../../messaging/broker-url';
import { RequestClient } from '../../messaging/request-reply/request-client';
import { GrpcClient } from '../../rpc/grpc-client';
import { PAYMENTS } from '../../rpc/payments-api';
import { startGrpcService } from '../../rpc/start-grpc-service';
import { OrdersGrpcController } from './orders.grpc-controller';

@Module({})
export class OrdersModule {
  static forRoot(context: ModuleContext): DynamicModule {
    const { config, logger } = context;
    const { usersAddress, callTimeout } = config.orders;
    const users = new GrpcClient({
      api: 'users',
      service: 'UsersService',
      address: usersAddress,
      timeoutMillis: callTimeout,
      isRequired: true,
    });
    const link = new LinkState(brokerLink(peerOf(config.broker.url)), logger);
    const payments = {
      broker: config.broker,
      destination: PAYMENTS,
      answerTimeoutMillis: config.payments.answerTimeout,
    };
    return {
      module: OrdersModule,
      imports: [ServiceModule.forRoot({ role: 'orders', context, dependencies: [users, link] })],
      controllers: [OrdersGrpcController, OpenApiController],
      providers: [
        { provide: OPENAPI_DOCUMENT, useValue: openApiDocument('orders', healthPaths) },
        { provide: GrpcClient, useFactory: () => users },
        { provide: RequestClient, useFactory: () => new RequestClient(payments, 'orders', link) },
      ],
    };
  }
}

export async function startOrders(context: RoleContext): Promise<void> {
  await startGrpcService('orders', context, OrdersModule.forRoot(context));
}
