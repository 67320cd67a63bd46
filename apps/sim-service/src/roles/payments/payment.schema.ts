import { z } from 'zod';
import { newOrder } from '../orders/order.schema';

/** The rules of a request for a payment. */
export const newPayment = z.strictObject({
  orderId: z.string().min(1).max(64),
  items: newOrder.shape.items,
});
