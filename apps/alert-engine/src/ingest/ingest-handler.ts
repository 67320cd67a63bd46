import { WireReader, type ExportHandler } from '@trace/otlp';
import type { Engine } from '../engine';
import type { Evaluator } from '../evaluate/evaluator';
import type { Metrics } from '../metrics';
import { decodeTraces, type DecodeLimits, type Unusable } from './decode-traces';
import { LOGS, METRICS, validateMessage } from './otlp-shapes';

export interface IngestParts {
  readonly engine: Pick<Engine, 'evaluate'>;
  readonly evaluator: Pick<Evaluator, 'batch'>;
  readonly metrics: Pick<Metrics, 'onItems'>;
  readonly limits: DecodeLimits;
  readonly onUnusable: (reason: Unusable, count: number) => void;
}

/**
 * Spans are judged before their request is acknowledged; logs and metrics are counted, until there are rules
 * for them. Rejects with OtlpError INVALID_ARGUMENT for a malformed request, of which nothing was counted.
 */
export function ingestHandler({
  engine,
  evaluator,
  metrics,
  limits,
  onUnusable,
}: IngestParts): ExportHandler {
  return (body, { signal, receivedAtEpochMillis }) => {
    try {
      if (signal === 'traces') {
        const batch = evaluator.batch(receivedAtEpochMillis);
        const sink = { resource: batch.resource, span: batch.span, unusable: onUnusable };
        metrics.onItems(signal, decodeTraces(body, limits, sink));
        engine.evaluate(batch.judge);
      } else {
        const shape = signal === 'logs' ? LOGS : METRICS;
        metrics.onItems(signal, validateMessage(new WireReader(body), shape, limits.maxNesting));
      }
      return Promise.resolve(undefined);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
