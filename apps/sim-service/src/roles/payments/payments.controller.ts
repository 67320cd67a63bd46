import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Inject, UseInterceptors } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { status } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import { FaultState } from '../../faults/fault-state';
import { LOGGER } from '../../http/logger';
import { RequestSpanInterceptor } from '../../messaging/request-reply/request-span.interceptor';
import { PAYMENTS, type Payment } from '../../rpc/payments-api';
import { RpcError } from '../../rpc/rpc-error';
import { validate } from '../../rpc/validate';
import { newPayment } from './payment.schema';
import { PaymentMetrics } from './payment-metrics';

/** `payments` of the configuration, of which times and limit change while the role runs. */
export interface PaymentRules {
  current: Pick<Config['payments'], 'processing' | 'maxQuantity'>;
}

export const PAYMENT_RULES = Symbol('PaymentRules');

/** The work that a payment stands for: it takes a while; a fault on the route `payments` breaks it. */
@Controller()
@UseInterceptors(RequestSpanInterceptor)
export class PaymentsController {
  constructor(
    @Inject(PAYMENT_RULES) private readonly rules: PaymentRules,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly faults: FaultState,
    private readonly metrics: PaymentMetrics,
  ) {}

  @MessagePattern(PAYMENTS)
  async pay(@Payload() request: unknown): Promise<Payment> {
    const { orderId, items } = validate(newPayment, request);
    const stop = this.metrics.duration.startTimer();
    this.metrics.inProgress.inc();
    try {
      const { processing, maxQuantity } = this.rules.current;
      const { latencyMillis, fails } = this.faults.effectOn(PAYMENTS);
      await delay(processing.min + Math.random() * (processing.max - processing.min) + latencyMillis);
      if (fails) throw new RpcError(status.INTERNAL, 'injected fault');
      const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
      const payment = {
        id: randomUUID(),
        orderId,
        status: quantity > maxQuantity ? ('declined' as const) : ('captured' as const),
      };
      this.metrics.payments.inc({ outcome: payment.status });
      this.logger.info({ orderId, paymentId: payment.id, quantity }, `payment ${payment.status}`);
      return payment;
    } catch (error) {
      this.metrics.payments.inc({ outcome: 'failed' });
      this.logger.error({ err: error, orderId }, 'payment failed');
      throw error;
    } finally {
      this.metrics.inProgress.dec();
      stop();
    }
  }
}
