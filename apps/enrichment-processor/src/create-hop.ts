import { type DynamicModule, Module } from '@nestjs/common';
import { OtlpForwarder, createReceiver } from '@trace/otlp';
import { DropReporter, HealthModule, type Program, type Readiness } from '@trace/runtime';
import type { LoadedConfig } from './config';
import { Enricher } from './enrich/enricher';
import type { Enrichment } from './enrich/enricher';
import type { KubernetesSource } from './enrich/kubernetes';
import { reportFileReload } from './file-reloads';
import { forwardHandler } from './forward/forward-handler';
import { forwarderOptions } from './forward/forwarder-options';
import { Lookup } from './lookup/lookup';
import { LookupController } from './lookup/lookup.controller';
import type { Metrics, ReloadableFile } from './metrics';
import { OutcomeLog } from './outcome-log';
import { ConnectionLog } from './receive/connection-log';
import { receiverOptions } from './receive/receiver-options';

/** Where the program is in its life; /readyz says no more of the data path, and never asks the downstream. */
export interface Phase {
  receive: 'starting' | 'listening' | 'draining';
}

export interface AppOptions {
  readonly loaded: LoadedConfig;
  readonly enrichment: Enrichment;
  readonly kubernetes: KubernetesSource | undefined;
  readonly metrics: Metrics;
  readonly logger: Program['logger'];
  readonly phase: Phase;
}

export function readinessOf(phase: Phase, kubernetes: KubernetesSource | undefined): Readiness {
  return {
    ready: phase.receive === 'listening' && (kubernetes?.readiness.ready ?? true),
    checks: { ...phase, ...kubernetes?.readiness.checks },
  };
}

/** The receiver, by whichever transport: an interface has no token of its own. */
export const RECEIVER = Symbol('GrpcReceiver');

/** Wires receive → enrich → forward. */
@Module({})
export class AppModule {
  static forRoot(options: AppOptions): DynamicModule {
    const { loaded, enrichment, kubernetes, metrics, logger, phase } = options;
    const { config, file } = loaded;
    const readiness = (): Readiness => readinessOf(phase, kubernetes);
    return {
      module: AppModule,
      imports: [HealthModule.forRoot({ registry: metrics.registry, readiness })],
      controllers: [LookupController],
      providers: [
        { provide: DropReporter, useFactory: () => new DropReporter(logger, metrics.refused) },
        { provide: ConnectionLog, useFactory: () => new ConnectionLog(logger) },
        { provide: Enricher, useFactory: () => new Enricher(enrichment) },
        {
          provide: Lookup,
          inject: [Enricher],
          useFactory: (enricher: Enricher) => new Lookup(enricher, kubernetes),
        },
        {
          provide: OtlpForwarder,
          useFactory: () =>
            new OtlpForwarder(
              forwarderOptions(config.forward, file, (what, error) => {
                onFileReload(what === 'tls' ? 'forward.tls' : 'forward.bearerToken', error);
              }),
            ),
        },
        {
          provide: RECEIVER,
          inject: [Enricher, OtlpForwarder, DropReporter, ConnectionLog],
          useFactory: (
            enricher: Enricher,
            forwarder: OtlpForwarder,
            drops: DropReporter<'signal'>,
            connections: ConnectionLog,
          ) => {
            const outcomes = new OutcomeLog(logger, drops);
            const receiver = createReceiver(
              config.receive.transport,
              receiverOptions(config, file),
              forwardHandler(enricher, forwarder, metrics),
              {
                onAnswered(outcome) {
                  metrics.onAnswered(outcome);
                  outcomes.onAnswered(outcome);
                },
                onConnectionError(reason, detail) {
                  metrics.onConnectionError(reason, detail);
                  connections.onConnectionError(reason, detail);
                },
                onTokenReload(error) {
                  onFileReload('receive.bearerToken', error);
                },
                onTlsReload({ error }) {
                  onFileReload('receive.tls', error);
                },
              },
            );
            metrics.observe(receiver);
            return receiver;
          },
        },
      ],
    };

    function onFileReload(what: ReloadableFile, error?: Error): void {
      reportFileReload({ metrics, logger }, what, error);
    }
  }
}
