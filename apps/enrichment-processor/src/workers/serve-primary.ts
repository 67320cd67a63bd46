import cluster, { type Worker } from 'node:cluster';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthModule, type Program, createNestLogger, listenHttp } from '@trace/runtime';
import { Counter, Gauge, Registry } from 'prom-client';
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
  const registry = new TogetherRegistry(own, pool);
  const app = await NestFactory.create(
    { module: PrimaryModule, imports: [HealthModule.forRoot({ registry, readiness: () => pool.readiness })] },
    { logger: createNestLogger(logger), abortOnError: false },
  );
  app.use('/debug', forwardTo(workerPort));
  const httpPort = await listenHttp(app, { ...http, setting: `http.port in ${file}` });
  const stopMillis = drain + STOP_MARGIN_MILLIS;
  shutdown.add('stop the workers', () => pool.stop(stopMillis), stopMillis + 1000);
  shutdown.add('close http', () => app.close());
  logger.info({ otlpPort, httpPort, workers, config: file }, 'ready');
}

@Module({})
class PrimaryModule {}

/** The primary's own metrics, and those of all workers as one. */
class TogetherRegistry extends Registry {
  constructor(
    private readonly own: Registry,
    private readonly pool: WorkerPool,
  ) {
    super();
  }

  override async metrics(): Promise<string> {
    const workers = await this.pool.metrics();
    return `${await this.own.metrics()}${await workers.metrics()}`;
  }
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
