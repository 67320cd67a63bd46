import cluster from 'node:cluster';
import type { Program, Readiness } from '@trace/runtime';
import type { Registry } from 'prom-client';
import type { FromWorker, ToWorker, WorkerAddress } from './messages';

/** Where a worker's own HTTP port is: on loopback, where only the primary looks. */
const WORKER_HTTP = { host: '127.0.0.1', port: 0 } as const;

export function isWorker(): boolean {
  return cluster.isWorker;
}

/** The address for this process's HTTP port: as configured, unless it is a worker. */
export function httpAddress<A extends { readonly host: string; readonly port: number }>(
  configured: A,
): A | typeof WORKER_HTTP {
  return cluster.isWorker ? WORKER_HTTP : configured;
}

/** What the primary may ask of a worker, or for. */
export interface WorkerParts {
  readonly registry: Registry;
  readonly readiness: () => Readiness;
  readonly reload: () => void;
}

/** Tells the primary, if there is one, that this worker is ready, and answers it from now on. */
export function serveAsWorker(
  address: WorkerAddress,
  { registry, readiness, reload }: WorkerParts,
  { logger, shutdown }: Program,
): void {
  if (!cluster.isWorker) return;
  const tell = (message: FromWorker): void => {
    if (process.connected) process.send?.(message);
  };
  const report = async (): Promise<void> => {
    const metrics = await registry.getMetricsAsJSON().catch((error: unknown) => {
      logger.error({ err: error }, 'the metrics of this worker cannot be had');
      return undefined;
    });
    const logLevel = logger.level;
    tell({ type: 'report', readiness: readiness(), logLevel, ...(metrics && { metrics }) });
  };
  process.on('message', ({ type }: ToWorker) => {
    if (type === 'report') void report();
    else if (type === 'reload') reload();
    else void shutdown.run().then(() => process.exit(0));
  });
  tell({ type: 'ready', ...address });
}
