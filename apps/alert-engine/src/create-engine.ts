import { type GrpcReceiver, OtlpHttpReceiver, type ReceiverEvents, createReceiver } from '@trace/otlp';
import { DropReporter, type Program } from '@trace/runtime';
import { systemClock } from './clock';
import type { LoadedConfig } from './config';
import { Engine } from './engine';
import { Evaluator } from './evaluate/evaluator';
import { ingestHandler } from './ingest/ingest-handler';
import { receiverOptions } from './ingest/receiver-options';
import { PrometheusClient } from './evaluate/query/prometheus-client';
import { QueryEvaluator } from './evaluate/query/query-evaluator';
import { streamingRules } from './evaluate/rule';
import { Metrics } from './metrics';
import { createDispatcher, type Notifying } from './notify/create-dispatcher';
import { createState } from './state/create-state';
import type { DurableState } from './state/durable-state';

export interface EngineProgram {
  readonly metrics: Metrics;
  readonly engine: Engine;
  readonly queries: QueryEvaluator;
  readonly state: DurableState;
  readonly notifying: Notifying;
  readonly grpcReceiver: GrpcReceiver;
  readonly httpReceiver: OtlpHttpReceiver;
  /** Log what has been dropped since their last lines. */
  readonly dropReports: readonly { stop(): void }[];
}

/** Puts ingest → evaluate → state → notify together. `externalUrl` is where people reach the engine. */
export function createEngine(
  { config, stateFile, ruleGroups }: LoadedConfig,
  logger: Program['logger'],
  externalUrl: string,
): EngineProgram {
  const metrics = new Metrics();
  const clock = systemClock;
  const drops = new DropReporter<'rule'>(logger, metrics.notEvaluated);
  const refusals = new DropReporter<'signal'>(logger, metrics.refused);
  const limits = new DropReporter(logger, metrics.limited, 'passed over because of a limit');
  const connectionErrors = new DropReporter(logger, metrics.connectionErrors, 'OTLP connections that failed');
  const evaluator = new Evaluator(
    streamingRules(ruleGroups),
    {
      maxGroupsPerRule: config.evaluate.maxGroupsPerRule,
      maxDedupSpans: config.evaluate.maxDedupSpans,
      maxClockSkewMillis: config.evaluate.maxClockSkew,
    },
    (reason, rule) => {
      if (reason === 'dedup_full') limits.drop(reason);
      else drops.drop(reason, 1, { rule });
    },
  );
  const { url, timeout, maxAnswerBytes } = config.evaluate.prometheus;
  const queries = new QueryEvaluator({
    client: new PrometheusClient({ url, timeoutMillis: timeout, maxAnswerBytes }),
    maxSeriesPerRule: config.evaluate.maxGroupsPerRule,
    logger,
    clock,
    onQuery: (outcome, seconds) => {
      metrics.querySeconds.observe({ outcome }, seconds);
    },
    onNotJudged: (rule, series) => {
      drops.drop('group_limit', series, { rule });
    },
  });
  const notifying = createDispatcher({
    config,
    metrics,
    logger,
    clock,
    store: (notification) => {
      state.write({ upserts: [], ended: [], notifications: [notification] });
    },
  });
  const { dispatcher } = notifying;
  const router = {
    route: {
      receivers: config.receivers.filter(({ name }) => config.route.receivers.includes(name)),
      groupBy: config.route.groupBy,
    },
    externalUrl,
    maxAlertsPerNotification: config.notify.maxAlertsPerNotification,
  };
  const engine = new Engine({ evaluator, queries, dispatcher, router, metrics, logger, clock }, ruleGroups);
  const state = createState({ ...config.state, file: stateFile }, logger, engine);
  engine.attach(state);
  const handler = ingestHandler({
    engine,
    evaluator,
    metrics,
    limits: config.ingest,
    onUnusable: (reason, count) => {
      if (reason === 'too_many_attributes') limits.drop(reason, count);
      else drops.drop(reason, count, { rule: '' });
    },
  });
  const events: ReceiverEvents = {
    onAnswered: (outcome) => {
      metrics.onAnswered(outcome);
      if (outcome.code !== 'OK') refusals.drop(outcome.code, 1, { signal: outcome.signal });
    },
    onConnectionError: (reason) => {
      connectionErrors.drop(reason);
    },
  };
  const dropReports = [drops, refusals, limits, connectionErrors];
  const options = receiverOptions(config.ingest);
  const grpcReceiver = createReceiver('http2-unary', options.grpc, handler, events);
  const httpReceiver = new OtlpHttpReceiver(options.http, handler, events);
  metrics.observe({
    groups: () => evaluator.rules.map(({ id, alert }) => [alert, evaluator.groupCount(id)] as const),
    alerts: () => engine.alerts.map(({ state: alertState }) => [alertState, 1] as const),
    queued: () => notifying.queued(),
    stateBehind: () => state.isBehind,
  });
  return { metrics, engine, queries, state, notifying, grpcReceiver, httpReceiver, dropReports };
}
