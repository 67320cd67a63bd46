import type { CallOutcome } from '@trace/otlp';
import type { Signal } from '@trace/otlp';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'alert_engine_';

/** Everything that the engine counts of itself. */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = this.#counter('requests_total', 'Export requests, by signal and gRPC code', [
    'signal',
    'code',
  ]);
  readonly receivedBytes = this.#counter('received_bytes_total', 'Bytes of Export requests, by signal', [
    'signal',
  ]);
  readonly receivedItems = this.#counter(
    'received_items_total',
    'Spans, log records and metrics in requests that were accepted',
    ['signal'],
  );
  readonly notEvaluated = this.#counter(
    'spans_not_evaluated_total',
    'Spans and log lines that were acknowledged and not counted by a rule (late, duplicate, future, group_limit: ' +
      'also series of a query), or by any ' +
      '(invalid_id, invalid_time)',
    ['reason', 'rule'],
  );
  readonly limited = this.#counter(
    'limits_hit_total',
    'Things passed over because of a limit: too_many_attributes, dedup_full (span counted, id not kept)',
    ['reason'],
  );
  readonly refused = this.#counter('requests_refused_total', 'Export requests that were not taken', [
    'reason',
    'signal',
  ]);
  readonly connectionErrors = this.#counter('connection_errors_total', 'OTLP connections that failed', [
    'reason',
  ]);
  readonly transitions = this.#counter('alert_transitions_total', 'Changes of an alert', ['alertname', 'to']);
  readonly evaluationSeconds = new Histogram({
    name: `${PREFIX}evaluation_seconds`,
    help: 'From a batch of spans to its verdicts',
    buckets: [0.0001, 0.001, 0.01, 0.1, 1],
    registers: [this.registry],
  });
  readonly querySeconds = new Histogram({
    name: `${PREFIX}query_seconds`,
    help: "From asking Prometheus a rule's expression to the answer, by outcome (success, failure)",
    labelNames: ['outcome'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5],
    registers: [this.registry],
  });
  readonly notifications = this.#counter(
    'notifications_total',
    'Notifications that came to an end: delivered, rejected, gave_up',
    ['receiver', 'outcome'],
  );
  readonly notificationRetries = this.#counter(
    'notification_retries_total',
    'Attempts that will be repeated',
    ['receiver'],
  );
  readonly queueFull = this.#counter('notifications_queue_full_total', 'Given up: queue full', ['receiver']);
  readonly notificationLatency = new Histogram({
    name: `${PREFIX}notification_latency_seconds`,
    help: 'From the span that crossed the line being received (T1) to the 2xx of the receiver (T2)',
    labelNames: ['receiver'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30],
    registers: [this.registry],
  });
  readonly stateWriteErrors = this.#counter('state_write_errors_total', 'Writes of the state that failed');
  readonly stateWriteSeconds = new Histogram({
    name: `${PREFIX}state_write_seconds`,
    help: 'From a change of the state to its commit; of changes that are written together, the first',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers: [this.registry],
  });
  readonly reloads = this.#counter('rule_reloads_total', 'Reloads of the rules', ['outcome']);
  readonly lastReloadOk = this.#gauge('rules_last_reload_successful', '1 when the newest rules are in use');

  readonly apiChanges = this.#counter(
    'api_changes_total',
    'Changes asked of the HTTP API (reload, test_alert), by outcome: done, unauthenticated, forbidden, failed',
    ['change', 'outcome'],
  );
  readonly heartbeats = this.#counter(
    'heartbeats_total',
    'Heartbeats that were due: delivered, failed (the receiver did not take it), withheld (the engine does not work)',
    ['outcome'],
  );
  readonly lastHeartbeat = this.#gauge(
    'heartbeat_last_delivered_timestamp_seconds',
    'When the receiver last took a heartbeat, 0 before the first',
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.lastReloadOk.set(1);
  }

  onAnswered({ signal, code, receivedBytes }: CallOutcome): void {
    this.requests.inc({ signal, code });
    this.receivedBytes.inc({ signal }, receivedBytes);
  }

  onItems(signal: Signal, count: number): void {
    this.receivedItems.inc({ signal }, count);
  }

  /** Values that are read when somebody looks. */
  observe(sources: {
    groups: () => Iterable<readonly [rule: string, count: number]>;
    alerts: () => Iterable<readonly [state: string, count: number]>;
    queued: () => Iterable<readonly [receiver: string, count: number]>;
    stateBehind: () => boolean;
  }): void {
    this.#sampled('groups', 'Groups that a rule watches', 'rule', sources.groups);
    this.#sampled('alerts', 'Active alerts', 'state', sources.alerts);
    this.#sampled('notifications_queued', 'Notifications on their way', 'receiver', sources.queued);
    new Gauge({
      name: `${PREFIX}state_behind`,
      help: '1 while something that is in memory is not stored',
      registers: [this.registry],
      collect() {
        this.set(sources.stateBehind() ? 1 : 0);
      },
    });
  }

  #sampled(name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  }

  #counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({
      name: PREFIX + name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
    });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: PREFIX + name, help, registers: [this.registry] });
  }
}
