import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const BATCH_BUCKETS_RECORDS = [1, 10, 50, 100, 250, 500, 1000, 2000, 5000, 10_000];

export interface Lag {
  readonly pending: number;
  readonly unacknowledged: number;
}

export class LogForwarderMetrics {
  readonly received: Counter;
  readonly forwarded: Counter;
  readonly retries: Counter<'reason'>;
  readonly dropped: Counter<'reason'>;
  readonly batchRecords: Histogram;

  /** @param lag undefined while the broker is away: what it was before stays */
  constructor(registry: Registry, lag: () => Promise<Lag | undefined>) {
    const registers = [registry];
    this.received = new Counter({
      name: 'log_forwarder_records_received_total',
      help: 'Log records that came from the stream; twice when they were delivered twice.',
      registers,
    });
    this.forwarded = new Counter({
      name: 'log_forwarder_records_forwarded_total',
      help: 'Log records that the Collector has acknowledged.',
      registers,
    });
    this.retries = new Counter({
      name: 'log_forwarder_requests_retried_total',
      help: 'Requests that are sent again, by reason: 429, 502, 503, 504, or connection.',
      labelNames: ['reason'],
      registers,
    });
    this.dropped = new Counter({
      name: 'log_forwarder_records_dropped_total',
      help: 'Log records that the Collector never takes, by reason: the status, partial_success, or malformed (messages then). They stay in the stream.',
      labelNames: ['reason'],
      registers,
    });
    this.batchRecords = new Histogram({
      name: 'log_forwarder_batch_records',
      help: 'Log records in a request that the Collector has acknowledged.',
      buckets: BATCH_BUCKETS_RECORDS,
      registers,
    });
    const unacknowledged = new Gauge({
      name: 'log_forwarder_unacknowledged_messages',
      help: 'Messages of the stream that were delivered and are not acknowledged.',
      registers,
    });
    new Gauge({
      name: 'log_forwarder_pending_messages',
      help: 'Messages of the stream that were not delivered yet: the lag.',
      registers,
      async collect() {
        const now = await lag();
        if (now === undefined) return;
        this.set(now.pending);
        unacknowledged.set(now.unacknowledged);
      },
    });
  }
}
