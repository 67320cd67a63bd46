import { AggregatorRegistry, type Registry } from 'prom-client';
import type { MetricsJson } from './messages';

/**
 * The metrics of all workers as one. What a worker had counted stays in the sums when it dies: a sum that falls
 * would look like a restart of all of them, and Prometheus would count everything twice.
 */
export class LifetimeMetrics {
  #dead: MetricsJson = [];

  /** The last that is known of a worker that is no more; gauges end with it. */
  retire(metrics: MetricsJson): void {
    const counted = metrics.filter(({ type }) => isCounted(type));
    // The sums are plain values already, which the types of a registry do not know. Nothing may be awaited here:
    // two workers may die at once.
    const sums: unknown = AggregatorRegistry.aggregate([this.#dead, counted]).getMetricsAsArray();
    this.#dead = sums as MetricsJson;
  }

  /** Sums, or what each metric's `aggregator` says. */
  together(living: readonly MetricsJson[]): Registry {
    return AggregatorRegistry.aggregate([...living, this.#dead]);
  }
}

/** prom-client's types say `MetricType`, a number; at run time it is a word. */
function isCounted(type: unknown): boolean {
  return type === 'counter' || type === 'histogram';
}
