import { z } from 'zod';
import { userId } from '../users/user.schema';

const MAX_ITEMS = 50;

const item = z.strictObject({
  sku: z.string().trim().min(1).max(64),
  quantity: z.int().min(1).max(1000),
});

/** The rules of an order, for the gateway's requests and the service's own check alike. */
export const newOrder = z.strictObject({ userId, items: z.array(item).min(1).max(MAX_ITEMS) });

export const order = newOrder.extend({ id: z.string(), totalQuantity: z.int().min(1) });
