import { type GrpcReceiver, OtlpForwarder, createReceiver } from '@trace/otlp';
import { DropReporter, type Program } from '@trace/runtime';
import type { LoadedConfig } from './config';
import { Enricher, type Enrichment } from './enrich/enricher';
import { reportFileReload } from './file-reloads';
import { forwardHandler } from './forward/forward-handler';
import { forwarderOptions } from './forward/forwarder-options';
import type { Metrics, ReloadableFile } from './metrics';
import { OutcomeLog } from './outcome-log';
import { ConnectionLog } from './receive/connection-log';
import { receiverOptions } from './receive/receiver-options';

export interface Hop {
  readonly receiver: GrpcReceiver;
  readonly enricher: Enricher;
  readonly forwarder: OtlpForwarder;
  /** Log what has been dropped since their last lines. */
  readonly reports: readonly { stop(): void }[];
}

/** Puts receive → enrich → forward together. */
export function createHop(
  { config, file }: LoadedConfig,
  enrichment: Enrichment,
  metrics: Metrics,
  logger: Program['logger'],
): Hop {
  const onFileReload = (what: ReloadableFile, error?: Error): void => {
    reportFileReload({ metrics, logger }, what, error);
  };
  const drops = new DropReporter(logger, metrics.refused);
  const outcomes = new OutcomeLog(logger, drops);
  const connections = new ConnectionLog(logger);
  const enricher = new Enricher(enrichment);
  const forwarder = new OtlpForwarder(
    forwarderOptions(config.forward, file, (what, error) => {
      onFileReload(what === 'tls' ? 'forward.tls' : 'forward.bearerToken', error);
    }),
  );
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
  return { receiver, enricher, forwarder, reports: [drops, connections] };
}
