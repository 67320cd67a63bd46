import { type ExportContext, type ExportHandler, OtlpError, type Signal, countRecords } from '@trace/otlp';
import type { Enricher } from '../enrich/enricher';
import type { Metrics } from '../metrics';
import { forwardSlices, partBytes } from './forward-slices';
import { Turns } from './turns';
import { YoungGarbage } from './young-garbage';

/** What the handler needs of a forwarder, whichever transport it is built on. */
export interface Forwarder {
  export(signal: Signal, request: Buffer, timeoutMillis?: number): Promise<Buffer>;
}

/**
 * One request from its bytes to its answer: enrich, forward, and answer what the downstream answered.
 * Nothing is kept: the sender has its data until the downstream has it.
 */
export function forwardHandler(enricher: Enricher, forwarder: Forwarder, metrics: Metrics): ExportHandler {
  const garbage = new YoungGarbage();
  const turns = new Turns();

  /** Not async: what waits for the downstream would keep the body as it came alive. */
  function handle(body: Buffer, context: ExportContext): Promise<Buffer> {
    const { signal, peer, receivedAtEpochMillis } = context;
    const began = performance.now();
    const queuedMillis = Date.now() - receivedAtEpochMillis;
    const enriched = enricher.enrich(signal, body, { peerAddress: peer.slice(0, peer.lastIndexOf(':')) });
    let enrichMillis = performance.now() - began;
    if (Buffer.isBuffer(enriched)) {
      metrics.onEnriched(signal, queuedMillis, enrichMillis);
      garbage.add(enriched.length);
      return forward(enriched, context);
    }
    const maxPartBytes = Math.min(partBytes(body.length), enricher.current.limits.maxOutputBytes);
    return forwardSlices(enriched, maxPartBytes, {
      async nextTurn() {
        await turns.next();
        // The rest would be sent for nobody, and again with the retry.
        if (context.isOver())
          throw new OtlpError('CANCELLED', 'answered, or given up, before all was forwarded');
      },
      onSlice(slice, millis) {
        enrichMillis += millis;
        garbage.add(slice.length);
      },
      onEnd() {
        metrics.onEnriched(signal, queuedMillis, enrichMillis);
      },
      forward: (part) => forward(part, context),
    }).catch((error: unknown) => {
      throw OtlpError.from(error);
    });
  }

  async function forward(enriched: Buffer, { signal, deadlineEpochMillis }: ExportContext): Promise<Buffer> {
    const records = countRecords(signal, enriched);
    const started = Date.now();
    try {
      const timeoutMillis = deadlineEpochMillis === undefined ? undefined : deadlineEpochMillis - started;
      const response = await forwarder.export(signal, enriched, timeoutMillis);
      metrics.onForwarded(signal, 'OK', { records, bytes: enriched.length }, Date.now() - started);
      return response;
    } catch (thrown) {
      const error = OtlpError.from(thrown);
      metrics.onForwarded(signal, error.code, { records, bytes: enriched.length }, Date.now() - started);
      throw error;
    }
  }

  return (body, context) => {
    try {
      return handle(body, context);
    } catch (error) {
      return Promise.reject(OtlpError.from(error));
    }
  };
}
