import { onHangUp } from './reload/hang-up';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type GrpcReceiver, OtlpForwarder } from '@trace/otlp';
import {
  DropReporter,
  type Program,
  type Readiness,
  createNestLogger,
  listenError,
  listenHttp,
  runProgram,
} from '@trace/runtime';
import { AppModule, type Phase, RECEIVER, readinessOf } from './app.module';
import { type LoadedConfig, loadConfig } from './config';
import { type BuiltEnrichment, buildEnrichment } from './enrich/build-enrichment';
import { Enricher } from './enrich/enricher';
import { GeoDatabases } from './enrich/geo/geo-databases';
import { KubernetesSource } from './enrich/kubernetes';
import { observeKubernetes } from './enrich/kubernetes-metrics';
import { RuleCounts } from './enrich/rule-counts';
import { reportFileReload } from './file-reloads';
import { Metrics } from './metrics';
import { ConnectionLog } from './receive/connection-log';
import { plaintextWarning } from './receive/receive-config';
import { Reloader } from './reload/reloader';
import { isPrimary, servePrimary } from './workers/serve-primary';
import { httpAddress, isWorker, serveAsWorker } from './workers/serve-worker';

/** Beyond the drain itself: the last answers leave, and connections close. */
const DRAIN_MARGIN_MILLIS = 1000;

runProgram('enrichment-processor', async (program) => {
  const { logger } = program;
  const loaded = loadConfig();
  const { file, config } = loaded;
  logger.level = config.log.level;
  return isPrimary(config.workers) ? servePrimary(config, file, program) : serve(loaded, program);
});

/** Receives, enriches and forwards, in this process: the only one, or one of the workers. */
async function serve(loaded: LoadedConfig, program: Program): Promise<void> {
  const { logger, shutdown } = program;
  const { file, config } = loaded;
  const phase: Phase = { receive: 'starting' };
  const metrics = new Metrics();
  const kubernetes = watchCluster(loaded, metrics, logger);
  const build = enrichmentBuilder(kubernetes, metrics, logger);
  let enrichment = build(loaded);
  const options = { loaded, enrichment, kubernetes, metrics, logger, phase };
  const app = await NestFactory.create(AppModule.forRoot(options), {
    logger: createNestLogger(logger),
    abortOnError: false,
  });

  const { receive } = config;
  const httpPort = await listenHttp(app, { ...httpAddress(config.http), setting: `http.port in ${file}` });
  const receiver = app.get<GrpcReceiver>(RECEIVER);
  const { port: otlpPort } = await receiver.start().catch((cause: unknown) => {
    throw listenError(cause, { ...receive, setting: `receive.port in ${file}` });
  });
  phase.receive = 'listening';
  kubernetes?.start();

  const reloader = new Reloader(loaded, {
    load: loadConfig,
    apply: (changed) => {
      const next = build(changed);
      app.get(Enricher).replace(next);
      enrichment.stop();
      enrichment = next;
      logger.level = changed.config.log.level;
    },
    onReload: (succeeded) => {
      metrics.onReload(succeeded);
    },
    logger,
  });
  reloader.start();
  const reload = (): void => {
    reloader.reload();
  };
  onHangUp(reload);

  const drainMillis = config.shutdown.drain;
  shutdown.add(
    'stop accepting and drain',
    () => {
      phase.receive = 'draining';
      reloader.stop();
      return receiver.shutdown(drainMillis);
    },
    drainMillis + DRAIN_MARGIN_MILLIS,
  );
  shutdown.add('close downstream', () => {
    app.get(OtlpForwarder).close();
  });
  shutdown.add('stop watching', async () => {
    enrichment.stop();
    await kubernetes?.stop();
  });
  shutdown.add('report drops', () => {
    app.get(DropReporter).stop();
    app.get(ConnectionLog).stop();
  });
  shutdown.add('close http', () => app.close());

  const warning = plaintextWarning(receive);
  if (warning !== undefined) logger.warn(warning);
  const readiness = (): Readiness => readinessOf(phase, kubernetes);
  serveAsWorker({ otlpPort, httpPort }, { registry: metrics.registry, readiness, reload }, program);
  const ready = isWorker() ? 'worker ready' : 'ready';
  logger.info({ otlpPort, httpPort, downstream: config.forward.endpoint, config: file }, ready);
}

function watchCluster(
  { file, config, env }: LoadedConfig,
  metrics: Metrics,
  logger: Program['logger'],
): KubernetesSource | undefined {
  const { kubernetes } = config.enrich;
  if (!kubernetes.enabled) return undefined;
  const source = new KubernetesSource(kubernetes, { logger, env, file });
  observeKubernetes(metrics.registry, () => source.state);
  return source;
}

function enrichmentBuilder(
  kubernetes: KubernetesSource | undefined,
  metrics: Metrics,
  logger: Program['logger'],
): (loaded: LoadedConfig) => BuiltEnrichment {
  const counts = new RuleCounts();
  const geoDatabases = new GeoDatabases();
  metrics.observeRules(counts);
  return (loaded) =>
    buildEnrichment(loaded, {
      kubernetes,
      counts,
      geoDatabases,
      onGeoReload: (database, error) => {
        reportFileReload({ metrics, logger }, 'enrich.geo.database', error, database);
      },
    });
}
