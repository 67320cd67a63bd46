import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Broker } from './broker';

/** From a tenth of what a high message takes to past what a slowed down low one does. */
const DURATION_BUCKETS_SECONDS = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5, 10];
const LATENCY_BUCKETS_SECONDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800];

/** The metrics of both roles; what a role does not do stays without samples. */
export class MessagingMetrics {
  readonly sent: Counter<'priority'>;
  readonly processed: Counter<'priority'>;
  readonly failures: Counter<'priority' | 'operation' | 'reason'>;
  readonly duration: Histogram<'priority'>;
  readonly queueLatency: Histogram<'priority'>;

  constructor(registry: Registry, broker: Broker) {
    const registers = [registry];
    this.sent = new Counter({
      name: 'messages_sent_total',
      help: 'Messages that the broker has confirmed.',
      labelNames: ['priority'],
      registers,
    });
    this.processed = new Counter({
      name: 'messages_processed_total',
      help: 'Messages that were processed successfully.',
      labelNames: ['priority'],
      registers,
    });
    this.failures = new Counter({
      name: 'messages_failed_total',
      help: 'Messages that were not confirmed (operation send: timeout, refused), whose processing failed (process: error, expired), or whose outcome could not be settled and that the broker delivers again (settle).',
      labelNames: ['priority', 'operation', 'reason'],
      registers,
    });
    this.duration = new Histogram({
      name: 'message_processing_duration_seconds',
      help: 'How long an attempt to process a message took, successful or not.',
      labelNames: ['priority'],
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
    this.queueLatency = new Histogram({
      name: 'message_queue_latency_seconds',
      help: 'From when a message was sent to when processing began; of first attempts.',
      labelNames: ['priority'],
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    });
    new Gauge({
      name: 'messaging_broker_connected',
      help: '1 while the broker is connected, else 0.',
      registers,
      collect() {
        this.set(broker.state === 'connected' ? 1 : 0);
      },
    });
  }
}
