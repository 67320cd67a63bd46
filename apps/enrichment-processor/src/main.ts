import {
  type Program,
  type Readiness,
  closeHttp,
  healthPages,
  listenError,
  listenHttp,
  reportStart,
  runProgram,
  servePages,
} from '@trace/runtime';
import { type LoadedConfig, loadConfig } from './config';
import { createHop } from './create-hop';
import { type BuiltEnrichment, buildEnrichment } from './enrich/build-enrichment';
import { GeoDatabases } from './enrich/geo/geo-databases';
import { KubernetesSource } from './enrich/kubernetes';
import { observeKubernetes } from './enrich/kubernetes-metrics';
import { RuleCounts } from './enrich/rule-counts';
import { reportFileReload } from './file-reloads';
import { Metrics } from './metrics';
import { Lookup } from './lookup/lookup';
import { LOOKUP_PATH, lookupPage } from './lookup/lookup-page';
import { type Phase, readinessOf } from './readiness';
import { plaintextWarning } from './receive/receive-config';
import { onHangUp } from './reload/hang-up';
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
  // Of several workers' lines one is enough.
  if (!isWorker()) reportStart(logger, file, config);
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
  const { receiver, enricher, forwarder, reports } = createHop(loaded, enrichment, metrics, logger);
  const readiness = (): Readiness => readinessOf(phase, kubernetes);
  const server = servePages(
    {
      ...healthPages({ registry: metrics.registry, readiness }),
      [LOOKUP_PATH]: lookupPage(new Lookup(enricher, kubernetes)),
    },
    logger,
  );

  const { receive } = config;
  const httpPort = await listenHttp(server, { ...httpAddress(config.http), setting: `http.port in ${file}` });
  const { port: otlpPort } = await receiver.start().catch((cause: unknown) => {
    throw listenError(cause, { ...receive, setting: `receive.port in ${file}` });
  });
  phase.receive = 'listening';
  kubernetes?.start();

  const reloader = new Reloader(loaded, {
    load: loadConfig,
    apply: (changed) => {
      const next = build(changed);
      enricher.replace(next);
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
    forwarder.close();
  });
  shutdown.add('stop watching', async () => {
    enrichment.stop();
    await kubernetes?.stop();
  });
  shutdown.add('report drops', () => {
    for (const report of reports) report.stop();
  });
  shutdown.add('close http', () => closeHttp(server));

  const warning = plaintextWarning(receive);
  if (warning !== undefined) logger.warn(warning);
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
