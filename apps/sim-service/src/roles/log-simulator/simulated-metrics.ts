import { metrics, type Counter, type Histogram } from '@opentelemetry/api';
import type { AccessLine } from './access-line';
import type { DropReason } from './simulation.schema';

const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** What the made-up service would measure of itself, over OTLP like any other's. */
export class SimulatedMetrics {
  readonly #lines: Counter;
  readonly #dropped: Counter;
  readonly #duration: Histogram;

  constructor() {
    const meter = metrics.getMeter('log-simulator');
    this.#lines = meter.createCounter('log_simulator.lines', {
      description: 'Access log lines made, by what the request did.',
      unit: '{line}',
    });
    this.#dropped = meter.createCounter('log_simulator.lines.dropped', {
      description: 'Lines made and not delivered, by reason.',
      unit: '{line}',
    });
    this.#duration = meter.createHistogram('log_simulator.request.duration', {
      description: 'How long the made-up requests took.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATION_BUCKETS_SECONDS },
    });
  }

  onMade({ operation }: AccessLine, durationSeconds: number): void {
    const attributes = { 'crud.operation': operation };
    this.#lines.add(1, attributes);
    this.#duration.record(durationSeconds, attributes);
  }

  onDropped(count: number, reason: DropReason): void {
    this.#dropped.add(count, { reason });
  }
}
