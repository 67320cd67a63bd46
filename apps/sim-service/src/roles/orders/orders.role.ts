import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule } from '../../http/service.module';
import type { RoleContext } from '../../role/role-context';
import { GrpcClient } from '../../rpc/grpc-client';
import { startGrpcService } from '../../rpc/start-grpc-service';
import { OrdersGrpcController } from './orders.grpc-controller';

@Module({})
export class OrdersModule {
  static forRoot({ config, logger }: Pick<RoleContext, 'config' | 'logger'>): DynamicModule {
    const { usersAddress, callTimeout } = config.orders;
    return {
      module: OrdersModule,
      imports: [ServiceModule.forRoot({ role: 'orders', logger, faults: config.faults })],
      controllers: [OrdersGrpcController],
      providers: [
        {
          provide: GrpcClient,
          useFactory: () => new GrpcClient('users', 'UsersService', usersAddress, callTimeout),
        },
      ],
    };
  }
}

export async function startOrders(context: RoleContext): Promise<void> {
  await startGrpcService('orders', context, OrdersModule.forRoot(context));
}
