import { randomUUID } from 'node:crypto';
import { Controller, Inject, UseInterceptors } from '@nestjs/common';
import { status } from '@grpc/grpc-js';
import { GrpcMethod } from '@nestjs/microservices';
import { RequestLogInterceptor } from '@trace/telemetry/nestjs';
import type { Logger } from 'pino';
import { FaultInterceptor } from '../../faults/fault.interceptor';
import { LOGGER } from '../../http/logger';
import { RequestClient } from '../../messaging/request-reply/request-client';
import { GrpcClient } from '../../rpc/grpc-client';
import type { Order } from '../../rpc/orders-api';
import type { NewPayment, Payment } from '../../rpc/payments-api';
import { RpcError } from '../../rpc/rpc-error';
import { RpcFailureInterceptor } from '../../rpc/rpc-failure.interceptor';
import type { UsersService } from '../../rpc/users-api';
import { validate } from '../../rpc/validate';
import { newOrder } from './order.schema';

@Controller()
@UseInterceptors(RequestLogInterceptor, RpcFailureInterceptor, FaultInterceptor)
export class OrdersGrpcController {
  constructor(
    private readonly users: GrpcClient<UsersService>,
    private readonly payments: RequestClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** A failure of users or payments goes on to the caller with its own status: it says what the caller can do. */
  @GrpcMethod('OrdersService', 'CreateOrder')
  async create(request: unknown): Promise<Order> {
    const { userId, items } = validate(newOrder, request);
    await this.users.call((users) => users.getUser, { id: userId });
    const totalQuantity = items.reduce((sum, { quantity }) => sum + quantity, 0);
    const order = { id: randomUUID(), userId, items, totalQuantity };
    const payment = await this.payments.ask<Payment>({ orderId: order.id, items } satisfies NewPayment);
    if (payment.status === 'declined') {
      throw new RpcError(status.FAILED_PRECONDITION, 'the payment was declined');
    }
    const fields = { 'user.id': userId, orderId: order.id, paymentId: payment.id, totalQuantity };
    this.logger.info(fields, 'order accepted');
    return order;
  }
}
