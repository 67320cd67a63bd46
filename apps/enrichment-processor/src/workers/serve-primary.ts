import cluster, { type Worker } from 'node:cluster';
import { type Program, closeHttp, healthPages, listenHttp, servePages } from '@trace/runtime';
import { Counter, Gauge, Registry } from 'prom-client';
import { LOOKUP_PATH, onLoopbackOnly } from '../lookup/lookup-page';
import { onHangUp } from '../reload/hang-up';
import type { FromWorker, ToWorker } from './messages';
import { type WorkerProcess, WorkerPool } from './worker-pool';
import { forwardTo } from './forward-to';

/** What the primary needs of the configuration. */
export interface PrimaryConfig {
  readonly workers: number;
  readonly http: { readonly host: string; readonly port: number };
  /** Workers get `drain` milliseconds for their own shutdown. */
  readonly shutdown: { readonly drain: number };
}

/** Beyond the workers' own drain: they close what is left, and end. */
const STOP_MARGIN_MILLIS = 3000;
const PREFIX = 'trace_enrichment_';

/** Whether this process is the one that forks the others and serves no telemetry itself. */
export function isPrimary(workers: number): boolean {
  return workers > 1 && cluster.isPrimary;
}

/**
 * Forks the workers, which run this same program, and answers for them over HTTP: /healthz, /readyz and /metrics
 * itself, /debug by handing it to a worker. `file` is the configuration, to be named in messages.
 */
export async function servePrimary(
  { workers, http, shutdown: { drain } }: PrimaryConfig,
  file: string,
  { logger, shutdown }: Program,
): Promise<void> {
  const own = new Registry();
  const deaths = new Counter({
    name: `${PREFIX}worker_deaths_total`,
    help: 'Workers that ended and were not told to, by signal or exit code.',
    labelNames: ['reason'],
    registers: [own],
  });
  // The workers' Unix-domain socket is made here, and must not be open to others before its mode is set.
  process.umask(0o117);
  // Round robin by the primary, not SO_REUSEPORT: connections are few, and chance would share them badly.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const pool = new WorkerPool(workers, () => asProcess(cluster.fork()), logger, {
    onDeath: (reason) => {
      deaths.inc({ reason });
    },
    onFailedStart: (code) => process.exit(code), // it has said why
  });
  new Gauge({
    name: `${PREFIX}workers`,
    help: 'Workers that are ready.',
    registers: [own],
    collect(): void {
      this.set(pool.readyCount);
    },
  });
  onHangUp(() => {
    pool.reload();
  });
  const { otlpPort, httpPort: workerPort } = await pool.start();
  const registry = togetherRegistry(own, pool);
  const server = servePages(
    {
      ...healthPages({ registry, readiness: () => pool.readiness }),
      // The worker sees the primary on loopback, whoever asked and by whatever name.
      [LOOKUP_PATH]: onLoopbackOnly(forwardTo(workerPort)),
    },
    logger,
  );
  const httpPort = await listenHttp(server, { ...http, setting: `http.port in ${file}` });
  const stopMillis = drain + STOP_MARGIN_MILLIS;
  shutdown.add('stop the workers', () => pool.stop(stopMillis), stopMillis + 1000);
  shutdown.add('close http', () => closeHttp(server));
  logger.info({ otlpPort, httpPort, workers, config: file }, 'ready');
}

/** The primary's own metrics, and those of all workers as one. */
function togetherRegistry(own: Registry, pool: WorkerPool): Pick<Registry, 'contentType' | 'metrics'> {
  return {
    contentType: own.contentType,
    metrics: async () => `${await own.metrics()}${await (await pool.metrics()).metrics()}`,
  };
}

function asProcess(worker: Worker): WorkerProcess {
  return {
    send: (message: ToWorker) => {
      if (worker.isConnected()) worker.send(message);
    },
    kill: (signal) => worker.process.kill(signal),
    onMessage: (listener) =>
      worker.on('message', (message: FromWorker) => {
        listener(message);
      }),
    onExit: (listener) => worker.on('exit', listener),
  };
}
