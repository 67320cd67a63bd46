import type { Unary } from './grpc-client';

/** proto/orders.proto as Nest's gRPC transport has it. */
export interface Item {
  readonly sku: string;
  readonly quantity: number;
}

export interface NewOrder {
  readonly userId: string;
  readonly items: readonly Item[];
}

export interface Order extends NewOrder {
  readonly id: string;
  readonly totalQuantity: number;
}

export interface OrdersService {
  createOrder: Unary<NewOrder, Order>;
}
