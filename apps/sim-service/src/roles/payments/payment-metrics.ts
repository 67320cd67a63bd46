import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** From a tenth of what a payment takes to past where orders gives up. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export class PaymentMetrics {
  readonly payments: Counter<'outcome'>;
  readonly duration: Histogram;
  readonly inProgress: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.payments = new Counter({
      name: 'payments_total',
      help: 'Payments that were asked for, by outcome: captured, declined, failed.',
      labelNames: ['outcome'],
      registers,
    });
    this.duration = new Histogram({
      name: 'payment_duration_seconds',
      help: 'How long a payment took, whatever came of it.',
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
    this.inProgress = new Gauge({
      name: 'payments_in_progress',
      help: 'Payments that are being worked on.',
      registers,
    });
  }
}
