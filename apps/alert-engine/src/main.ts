import {
  closeHttp,
  databaseAddress,
  healthPages,
  listenError,
  listenHttp,
  type Readiness,
  reportStart,
  runProgram,
  servePages,
} from '@trace/runtime';
import { loadConfig } from './config';
import { createEngine } from './create-engine';
import { startHeartbeat } from './heartbeat/create-heartbeat';
import { ChangeGuard } from './http/change-guard';
import { engineChanges } from './http/changes';
import { enginePages } from './http/pages';
import { installReload } from './reload';

/** Beyond the drain itself: the last answers leave, and connections close. */
const DRAIN_MARGIN_MILLIS = 1000;

runProgram('alert-engine', async ({ logger, shutdown }) => {
  const loaded = loadConfig();
  const { file, config, stateFile } = loaded;
  logger.level = config.log.level;
  reportStart(logger, file, config);
  const { http, ingest } = config;
  const externalUrl = (http.externalUrl ?? `http://${http.host}:${http.port}`).replace(/\/+$/, '');
  const { engine, queries, state, notifying, grpcReceiver, httpReceiver, metrics, dropReports } =
    createEngine(loaded, logger, externalUrl);

  let phase: 'starting' | 'listening' | 'draining' = 'starting';
  const readiness = (): Readiness => ({
    ready: phase === 'listening',
    checks: { ingest: phase, state: state.standing },
  });
  const guard = new ChangeGuard({ host: http.host, apiToken: http.apiToken });
  if (guard.isClosed) logger.warn(`changes through the API are off: set http.apiToken in ${file}`);
  const reload = installReload(process, loaded.ruleFiles, engine, metrics, logger);
  const server = servePages(
    {
      ...enginePages({
        engine,
        notifications: () => notifying.dispatcher.recent,
        evaluationIntervalMillis: config.evaluate.interval,
      }),
      ...healthPages({ registry: metrics.registry, readiness }),
    },
    logger,
    engineChanges({ engine, reload, guard, metrics }),
  );
  const httpPort = await listenHttp(server, { ...http, setting: `http.port in ${file}` });
  await state.start();
  const { port: otlpPort } = await grpcReceiver.start().catch((cause: unknown) => {
    throw listenError(cause, { ...ingest, setting: `ingest.port in ${file}` });
  });
  const { port: otlpHttpPort } = await httpReceiver.start().catch((cause: unknown) => {
    throw listenError(cause, { ...ingest, port: ingest.httpPort, setting: `ingest.httpPort in ${file}` });
  });
  phase = 'listening';

  engine.startQueries();

  const timers = [
    setInterval(() => {
      engine.tick();
    }, config.evaluate.interval),
    setInterval(() => {
      void state.retry();
    }, config.state.retryInterval),
  ];
  const endHeartbeat = startHeartbeat({
    config,
    otlpHttpPort,
    externalUrl,
    engine,
    queries,
    state,
    metrics,
    logger,
  });

  const drainMillis = config.shutdown.drain;
  shutdown.add(
    'stop accepting and drain',
    async () => {
      phase = 'draining';
      await endHeartbeat();
      await Promise.all([grpcReceiver.shutdown(drainMillis), httpReceiver.shutdown(drainMillis)]);
    },
    drainMillis + DRAIN_MARGIN_MILLIS,
  );
  shutdown.add('stop timers', () => {
    queries.stop();
    timers.forEach(clearInterval);
  });
  shutdown.add('send what is ready', () => notifying.dispatcher.drain(), drainMillis);
  shutdown.add('flush state', () => state.close(), drainMillis);
  shutdown.add('report drops', () => {
    for (const report of dropReports) report.stop();
  });
  shutdown.add('close connections', async () => {
    await notifying.close();
    await closeHttp(server);
  });

  const { url } = config.state.database;
  const where = url === undefined ? { stateFile } : { database: databaseAddress(url) };
  logger.info({ otlpPort, otlpHttpPort, httpPort, ...where, config: file }, 'ready');
});
