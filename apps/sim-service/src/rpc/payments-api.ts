import type { Item } from './orders-api';

/** Subject (NATS) or queue (RabbitMQ) on which payments are asked for; also the route of its faults. */
export const PAYMENTS = 'payments';

export interface NewPayment {
  readonly orderId: string;
  readonly items: readonly Item[];
}

export interface Payment {
  readonly id: string;
  readonly orderId: string;
  readonly status: 'captured' | 'declined';
}
