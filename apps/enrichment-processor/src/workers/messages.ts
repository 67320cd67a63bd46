import type { Readiness } from '@trace/runtime';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** One worker's metrics, as `registry.getMetricsAsJSON()` gives them. */
export type MetricsJson = MetricObjectWithValues<MetricValue<string>>[];

/** Where a worker listens; workers share both ports. */
export interface WorkerAddress {
  readonly otlpPort: number;
  readonly httpPort: number;
}

/** What the primary says to a worker. */
export type ToWorker =
  | { readonly type: 'report' }
  /** Read the configuration again, at once. */
  | { readonly type: 'reload' }
  /** Shut down in order; a signal would not do, for on Ctrl-C the worker has one already. */
  | { readonly type: 'stop' };

/** What a worker says to the primary. */
export type FromWorker =
  | ({ readonly type: 'ready' } & WorkerAddress)
  | {
      readonly type: 'report';
      readonly readiness: Readiness;
      /** As its configuration says now; the primary does not read that again. */
      readonly logLevel: string;
      /** Absent when they could not be had. */
      readonly metrics?: MetricsJson;
    };
