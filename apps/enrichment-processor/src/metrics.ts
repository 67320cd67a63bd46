import type { CallOutcome, GrpcReceiver, ReceiverEvents, Signal } from '@trace/otlp';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { CountsByRule, RuleCounts } from './enrich/rule-counts';
import { tally } from './enrich/tally';

const PREFIX = 'trace_enrichment_';
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const ENRICH_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

/** What the program counts. `outcome` is OK or the name of a gRPC code: a closed set. */
export class Metrics {
  readonly registry = new Registry();

  readonly refused = new Counter({
    name: `${PREFIX}refused_total`,
    help: 'Requests answered with a status that tells the sender not to try again, by reason (the status).',
    labelNames: ['reason', 'signal'] as const,
    registers: [this.registry],
  });
  readonly #requests = new Counter({
    name: `${PREFIX}requests_total`,
    help: 'Export requests, by the status they were answered with.',
    labelNames: ['signal', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly #records = new Counter({
    name: `${PREFIX}records_total`,
    help: 'Spans, log records and metric data points that were sent on, by the status that the downstream answered with.',
    labelNames: ['signal', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly #receivedBytes = new Counter({
    name: `${PREFIX}received_bytes_total`,
    help: 'Bytes of export requests as they came, compressed or not.',
    labelNames: ['signal', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly #forwardedBytes = new Counter({
    name: `${PREFIX}forwarded_bytes_total`,
    help: 'Bytes of enriched requests that the downstream has acknowledged.',
    labelNames: ['signal'] as const,
    registers: [this.registry],
  });
  readonly #queueSeconds = new Histogram({
    name: `${PREFIX}queue_duration_seconds`,
    help: "Time from a request's headers to the start of its enrichment: it is received, and waits for its turn.",
    labelNames: ['signal'] as const,
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  });
  readonly #enrichSeconds = new Histogram({
    name: `${PREFIX}enrich_duration_seconds`,
    help: 'Time that enriching one request took.',
    labelNames: ['signal'] as const,
    buckets: ENRICH_BUCKETS,
    registers: [this.registry],
  });
  readonly #forwardSeconds = new Histogram({
    name: `${PREFIX}forward_duration_seconds`,
    help: 'Time from sending a request downstream to its answer.',
    labelNames: ['signal', 'outcome'] as const,
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  });
  readonly #connectionErrors = new Counter({
    name: `${PREFIX}connection_errors_total`,
    help: 'Connections that were refused or ended in an error; `not_otlp`: requests that are not OTLP/gRPC.',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });

  readonly #reloads = new Counter({
    name: `${PREFIX}config_reloads_total`,
    help: 'Changes of the configuration or the catalogue that were noticed, by outcome; each worker counts its own.',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });
  readonly #reloadSuccessful = new Gauge({
    name: `${PREFIX}config_last_reload_successful`,
    help: '1 if what the configuration says now is in use, 0 if it has a mistake and the one before still is.',
    aggregator: 'min',
    registers: [this.registry],
  });
  readonly #reloadTimestamp = new Gauge({
    name: `${PREFIX}config_last_reload_success_timestamp_seconds`,
    help: 'When the configuration in use was read.',
    aggregator: 'max',
    registers: [this.registry],
  });
  readonly #fileReloads = new Counter({
    name: `${PREFIX}file_reloads_total`,
    help: 'Changes of other files (certificates, tokens, databases) that were noticed, by outcome; each worker counts its own.',
    labelNames: ['file', 'outcome'] as const,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.#loaded();
  }

  /** What rules added, and why they did not, read whenever it is asked for. */
  observeRules(counts: RuleCounts): void {
    this.#observePrivacy(counts);
    tally(
      this.registry,
      `${PREFIX}enriched_total`,
      'Resources or records that a rule added something to, by rule.',
      ['rule'],
      () => rowsOf(counts.enriched).map(({ rule, count }) => ({ labels: { rule }, value: count })),
    );
    tally(
      this.registry,
      `${PREFIX}missed_total`,
      'Resources or records that a rule added nothing to, by rule and reason.',
      ['rule', 'reason'],
      () =>
        rowsOf(counts.missed).map(({ rule, reason, count }) => ({ labels: { rule, reason }, value: count })),
    );
  }

  /** What privacy rules changed or removed. */
  #observePrivacy(counts: RuleCounts): void {
    tally(
      this.registry,
      `${PREFIX}redacted_total`,
      'Attributes, strings or parts of them that a privacy rule changed or removed, by rule and action.',
      ['rule', 'action'],
      () =>
        rowsOf(counts.redacted).map(({ rule, reason, count }) => ({
          labels: { rule, action: reason },
          value: count,
        })),
    );
  }

  /** Gauges that are read from the receiver whenever they are asked for. */
  observe(receiver: GrpcReceiver): void {
    this.#gauge(
      'in_flight_bytes',
      'Bytes of requests that are not yet answered.',
      () => receiver.inFlightBytes,
    );
    this.#gauge('connections', 'Open OTLP connections.', () => receiver.connectionCount);
    this.#gauge(
      'certificate_not_after_timestamp_seconds',
      'When the server certificate in use ends to be valid; 0 without TLS.',
      () => (receiver.certificateNotAfterEpochMillis ?? 0) / 1000,
      'min',
    );
  }

  onAnswered({ signal, code, receivedBytes }: CallOutcome): void {
    this.#requests.inc({ signal, outcome: code });
    this.#receivedBytes.inc({ signal, outcome: code }, receivedBytes);
  }

  onEnriched(signal: Signal, queuedMillis: number, enrichMillis: number): void {
    this.#queueSeconds.observe({ signal }, queuedMillis / 1000);
    this.#enrichSeconds.observe({ signal }, enrichMillis / 1000);
  }

  onReload(succeeded: boolean): void {
    this.#reloads.inc({ outcome: succeeded ? 'applied' : 'refused' });
    if (succeeded) this.#loaded();
    else this.#reloadSuccessful.set(0);
  }

  #loaded(): void {
    this.#reloadSuccessful.set(1);
    this.#reloadTimestamp.setToCurrentTime();
  }

  onFileReload(file: ReloadableFile, error?: Error): void {
    this.#fileReloads.inc({ file, outcome: error === undefined ? 'applied' : 'refused' });
  }

  /** @param content the enriched request */
  onForwarded(
    signal: Signal,
    outcome: CallOutcome['code'],
    content: { readonly records: number; readonly bytes: number },
    millis: number,
  ): void {
    this.#records.inc({ signal, outcome }, content.records);
    if (outcome === 'OK') this.#forwardedBytes.inc({ signal }, content.bytes);
    this.#forwardSeconds.observe({ signal, outcome }, millis / 1000);
  }

  readonly onConnectionError: NonNullable<ReceiverEvents['onConnectionError']> = (reason) => {
    this.#connectionErrors.inc({ reason });
  };

  #gauge(name: string, help: string, read: () => number, aggregator: 'sum' | 'min' = 'sum'): void {
    new Gauge({
      name: PREFIX + name,
      help,
      aggregator,
      registers: [this.registry],
      collect(): void {
        this.set(read());
      },
    });
  }
}

/** Files beside the configuration that are taken into use when they change, by the setting that names them. */
export type ReloadableFile =
  'receive.tls' | 'receive.bearerToken' | 'forward.tls' | 'forward.bearerToken' | 'enrich.geo.database';

function rowsOf(counts: CountsByRule): { rule: string; reason: string; count: number }[] {
  return [...counts].flatMap(([rule, reasons]) =>
    [...reasons].map(([reason, count]) => ({ rule, reason, count })),
  );
}
