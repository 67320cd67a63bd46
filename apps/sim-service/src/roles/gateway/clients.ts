import type { Config } from '../../config';
import { GrpcClient } from '../../rpc/grpc-client';
import type { OrdersService } from '../../rpc/orders-api';
import type { UsersService } from '../../rpc/users-api';

// Classes of their own, so that Nest can tell the two clients apart. Neither is required: without one the gateway still
// does what takes the other, and one service that is away must not take all before it out of service.

export class UsersClient extends GrpcClient<UsersService> {
  constructor({ usersAddress, callTimeout }: Config['gateway']) {
    super({
      api: 'users',
      service: 'UsersService',
      address: usersAddress,
      timeoutMillis: callTimeout,
      isRequired: false,
    });
  }
}

export class OrdersClient extends GrpcClient<OrdersService> {
  constructor({ ordersAddress, callTimeout }: Config['gateway']) {
    super({
      api: 'orders',
      service: 'OrdersService',
      address: ordersAddress,
      timeoutMillis: callTimeout,
      isRequired: false,
    });
  }
}
