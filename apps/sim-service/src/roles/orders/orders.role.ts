import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule } from '../../http/service.module';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { RequestClient } from '../../messaging/request-reply/request-client';
import { GrpcClient } from '../../rpc/grpc-client';
import { PAYMENTS } from '../../rpc/payments-api';
import { startGrpcService } from '../../rpc/start-grpc-service';
import { OrdersGrpcController } from './orders.grpc-controller';

@Module({})
export class OrdersModule {
  static forRoot(context: ModuleContext): DynamicModule {
    const { config } = context;
    const { usersAddress, callTimeout } = config.orders;
    const payments = {
      broker: config.broker,
      destination: PAYMENTS,
      answerTimeoutMillis: config.payments.answerTimeout,
    };
    return {
      module: OrdersModule,
      imports: [ServiceModule.forRoot({ role: 'orders', context })],
      controllers: [OrdersGrpcController],
      providers: [
        {
          provide: GrpcClient,
          useFactory: () => new GrpcClient('users', 'UsersService', usersAddress, callTimeout),
        },
        { provide: RequestClient, useFactory: () => new RequestClient(payments, 'orders') },
      ],
    };
  }
}

export async function startOrders(context: RoleContext): Promise<void> {
  await startGrpcService('orders', context, OrdersModule.forRoot(context));
}
