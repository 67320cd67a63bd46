import { WireReader, type ExportHandler, type Signal } from '@trace/otlp';
import type { Engine } from '../engine';
import type { Evaluator } from '../evaluate/evaluator';
import type { Metrics } from '../metrics';
import { decodeLogs, decodeTraces, type DecodeLimits, type Unusable } from './decode-request';
import { METRICS, validateMessage } from './otlp-shapes';

export interface IngestParts {
  readonly engine: Pick<Engine, 'evaluate'>;
  readonly evaluator: Pick<Evaluator, 'spans' | 'lines'>;
  readonly metrics: Pick<Metrics, 'onItems'>;
  readonly limits: DecodeLimits;
  readonly onUnusable: (reason: Unusable, count: number) => void;
}

/**
 * Spans and log lines are judged before their request is acknowledged; metrics are counted: rules over them ask
 * Prometheus. Rejects with OtlpError INVALID_ARGUMENT for a malformed request, of which nothing was counted.
 */
export function ingestHandler({
  engine,
  evaluator,
  metrics,
  limits,
  onUnusable,
}: IngestParts): ExportHandler {
  const take = (body: Buffer, signal: Signal, nowMillis: number): number => {
    switch (signal) {
      case 'traces': {
        const batch = evaluator.spans(nowMillis);
        const resource = (attributes: ReadonlyMap<string, string>): boolean => {
          batch.resource(attributes);
          // Spans that are broken are counted whether or not a rule looks at their resource.
          return true;
        };
        const count = decodeTraces(body, limits, { resource, item: batch.item, unusable: onUnusable });
        engine.evaluate(batch.judge);
        return count;
      }
      case 'logs': {
        const batch = evaluator.lines(nowMillis);
        const count = decodeLogs(body, limits, { ...batch, unusable: onUnusable });
        engine.evaluate(batch.judge);
        return count;
      }
      case 'metrics':
        return validateMessage(new WireReader(body), METRICS, limits.maxNesting);
    }
  };
  return (body, { signal, receivedAtEpochMillis }) => {
    try {
      metrics.onItems(signal, take(body, signal, receivedAtEpochMillis));
      return Promise.resolve(undefined);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
