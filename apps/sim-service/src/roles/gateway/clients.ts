import type { Config } from '../../config';
import { GrpcClient } from '../../rpc/grpc-client';
import type { OrdersService } from '../../rpc/orders-api';
import type { UsersService } from '../../rpc/users-api';

/** Classes of their own, so that Nest can tell the two clients apart. */
export class UsersClient extends GrpcClient<UsersService> {
  constructor({ usersAddress, callTimeout }: Config['gateway']) {
    super('users', 'UsersService', usersAddress, callTimeout);
  }
}

export class OrdersClient extends GrpcClient<OrdersService> {
  constructor({ ordersAddress, callTimeout }: Config['gateway']) {
    super('orders', 'OrdersService', ordersAddress, callTimeout);
  }
}
