import { ownMetric, spansOfTrace, tempoUrl } from '../../support/backends.ts';
import { newSpans, postOtlp, tracesBody } from '../../support/otlp-http.ts';
import { untilComplete } from '../../support/counted-sender.ts';
import { eventually, untilAnswered } from '../../support/wait.ts';

const TRACES_PER_REQUEST = 500;
const PARALLEL_LOOKUPS = 8;

/** Sends that many traces of one span each; every one of them is acknowledged. Returns their trace ids. */
export async function sendBacklog(traces: number): Promise<string[]> {
  const traceIds: string[] = [];
  while (traceIds.length < traces) {
    const spans = newSpans(TRACES_PER_REQUEST);
    const body = tracesBody([['backlog', spans]]);
    await eventually(
      `an OK after ${traceIds.length} traces`,
      async () => {
        const status = await postOtlp('traces', body);
        if (status !== 200) throw new Error(String(status));
        return true;
      },
      { timeoutMillis: 120_000 },
    );
    traceIds.push(...spans.map(({ traceId }) => traceId));
  }
  return traceIds;
}

/** How many of `lookUps` traces, taken evenly from all of them, Tempo does not have. */
export async function missingOf(traceIds: readonly string[], lookUps: number): Promise<number> {
  const step = Math.floor(traceIds.length / lookUps);
  const missing = new Set(traceIds.filter((_, index) => index % step === 0));
  // A trace that Tempo moves from its memory into a block is in neither for a moment.
  await untilComplete(async () => {
    const queue = [...missing];
    const work = async (): Promise<void> => {
      for (let traceId = queue.pop(); traceId !== undefined; traceId = queue.pop()) {
        const id = traceId;
        if ((await untilAnswered(() => spansOfTrace(id))).length > 0) missing.delete(id);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_LOOKUPS }, work));
    return missing.size;
  });
  return missing.size;
}

/** What this Tempo process has taken and thrown away since it started. */
export async function tempoCounters(): Promise<{ received: number; discarded: number }> {
  return {
    received: await ownMetric(`${tempoUrl}/metrics`, 'tempo_distributor_spans_received_total'),
    discarded: await ownMetric(`${tempoUrl}/metrics`, 'tempo_discarded_spans_total'),
  };
}
