import { Body, Controller, Post, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { FaultInterceptor } from '../../faults/fault.interceptor';
import { ZodPipe } from '../../problem/zod.pipe';
import type { Order } from '../../rpc/orders-api';
import { newOrder } from '../orders/order.schema';
import { OrdersClient } from './clients';

@Controller('api/v1/orders')
@UseInterceptors(FaultInterceptor)
export class OrdersController {
  constructor(private readonly orders: OrdersClient) {}

  @Post()
  create(@Body(new ZodPipe(newOrder)) order: z.output<typeof newOrder>): Promise<Order> {
    return this.orders.call((service) => service.createOrder, order);
  }
}
