import { logLines, promQuery, spansOfTrace } from './backends.ts';
import { logsBody, metricsBody, newSpans, newTraceId, postOtlp, tracesBody } from './otlp-http.ts';
import { sleep, untilAnswered } from './wait.ts';

export type CountedSignal = 'traces' | 'logs' | 'metrics';

const SPANS_PER_TRACE = 10;
const LINES_PER_REQUEST = 10;
/** A gauge with an `id` of its own in each request, and so a series. */
const METRIC = 'e2e_counted';
const LOKI_PAGE = 5000;
const PARALLEL_LOOKUPS = 8;
/** Six times the longest retry interval of the Collector's exporters. */
const NO_MORE_COME_MILLIS = 30_000;

export interface Tally {
  readonly acknowledged: number;
  readonly found: number;
  readonly lost: number;
}

/**
 * A service of the test's own: sends traces and log lines at a steady rate and remembers each id that it
 * got an OK for. What was not acknowledged is sent again with the same ids, as an SDK would, until it is.
 */
export class CountedSender {
  readonly #traces = new Map<string, string[]>();
  readonly #lines = new Set<string>();
  readonly #points = new Set<string>();
  readonly #refusals = new Map<number, number>();
  readonly #started = Date.now();
  #stopped = false;
  readonly #loops: Promise<void>[];

  constructor(
    readonly service: string,
    private readonly intervalMillis: number,
    signals: readonly CountedSignal[] = ['traces', 'logs', 'metrics'],
  ) {
    this.#loops = signals.map((signal) => this.#loop(signal));
  }

  get retries(): number {
    return [...this.#refusals.values()].reduce((sum, count) => sum + count, 0);
  }

  /** What it was told when it was not told OK; 0 is no answer. */
  get refusalStatuses(): number[] {
    return [...this.#refusals.keys()];
  }

  describeRefusals(): string {
    return [...this.#refusals].map(([status, count]) => `${count} × ${status}`).join(', ') || 'none';
  }

  get acknowledgedLines(): number {
    return this.#lines.size;
  }

  get acknowledgedSpans(): number {
    return this.#traces.size * SPANS_PER_TRACE;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(signal: CountedSignal): Promise<void> {
    while (!this.#stopped) {
      if (signal === 'traces') await this.#sendTrace();
      else if (signal === 'logs') await this.#sendLines();
      else await this.#sendPoint();
      await sleep(this.intervalMillis);
    }
  }

  async #sendTrace(): Promise<void> {
    const traceId = newTraceId();
    const spans = newSpans(SPANS_PER_TRACE, { traceId });
    if (await this.#untilAcknowledged('traces', tracesBody([[this.service, spans]]))) {
      this.#traces.set(
        traceId,
        spans.map(({ spanId }) => spanId),
      );
    }
  }

  async #sendPoint(): Promise<void> {
    const id = newTraceId();
    const body = metricsBody(this.service, METRIC, 1, { id });
    if (await this.#untilAcknowledged('metrics', body)) this.#points.add(id);
  }

  async #sendLines(): Promise<void> {
    const lines = Array.from({ length: LINES_PER_REQUEST }, () => newTraceId());
    const body = logsBody(
      this.service,
      lines.map((line) => ({ body: line, timeEpochMillis: Date.now() })),
    );
    if (await this.#untilAcknowledged('logs', body)) lines.forEach((line) => this.#lines.add(line));
  }

  async #untilAcknowledged(signal: CountedSignal, body: unknown): Promise<boolean> {
    for (;;) {
      const status = await postOtlp(signal, body);
      if (status === 200) return true;
      // The statuses that the OTLP specification lets a client try again; 0 is no answer.
      if (![0, 429, 502, 503, 504].includes(status)) throw new Error(`${signal}: not retryable: ${status}`);
      if (this.#stopped) return false;
      this.#refusals.set(status, (this.#refusals.get(status) ?? 0) + 1);
      await sleep(200);
    }
  }

  /** Looks every acknowledged span up in Tempo, until all are there or no more come. */
  async tallySpans(): Promise<Tally> {
    const missing = new Map(this.#traces);
    const lookUp = async (queue: [string, string[]][]): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const [traceId, spanIds] = next;
        const there = new Set((await untilAnswered(() => spansOfTrace(traceId))).map(({ spanId }) => spanId));
        const absent = spanIds.filter((spanId) => !there.has(spanId));
        if (absent.length === 0) missing.delete(traceId);
        else missing.set(traceId, absent);
      }
    };
    await untilComplete(async () => {
      const queue = [...missing];
      await Promise.all(Array.from({ length: PARALLEL_LOOKUPS }, () => lookUp(queue)));
      return missing.size;
    });
    const lost = [...missing.values()].reduce((sum, spanIds) => sum + spanIds.length, 0);
    const acknowledged = this.acknowledgedSpans;
    return { acknowledged, found: acknowledged - lost, lost };
  }

  /** Looks every acknowledged log line up in Loki, until all are there or no more come. */
  async tallyLines(): Promise<Tally> {
    let there = new Set<string>();
    // Loki answers at most a page; a slice of time that fills one is cut in two.
    const read = async (startEpochMillis: number, endEpochMillis: number): Promise<void> => {
      const query = `{service_name="${this.service}"}`;
      const range = { startEpochMillis, endEpochMillis, limit: LOKI_PAGE };
      const lines = await untilAnswered(() => logLines(query, range));
      if (lines.length >= LOKI_PAGE && endEpochMillis - startEpochMillis > 2) {
        const middle = Math.floor((startEpochMillis + endEpochMillis) / 2);
        await read(startEpochMillis, middle);
        await read(middle, endEpochMillis);
        return;
      }
      for (const { line } of lines) there.add(line);
    };
    const lost = (): number => [...this.#lines].filter((line) => !there.has(line)).length;
    await untilComplete(async () => {
      there = new Set();
      await read(this.#started - 1000, Date.now() + 1000);
      return lost();
    });
    const acknowledged = this.#lines.size;
    return { acknowledged, found: acknowledged - lost(), lost: lost() };
  }

  /** Looks every acknowledged metric point up in Prometheus, until all are there or no more come. */
  async tallyPoints(): Promise<Tally> {
    let there = new Set<string | undefined>();
    const lost = (): number => [...this.#points].filter((id) => !there.has(id)).length;
    await untilComplete(async () => {
      const query = `last_over_time(${METRIC}{service_name="${this.service}"}[1h])`;
      const samples = await untilAnswered(() => promQuery(query));
      there = new Set(samples.map(({ metric }) => metric.id));
      return lost();
    });
    const acknowledged = this.#points.size;
    return { acknowledged, found: acknowledged - lost(), lost: lost() };
  }
}

/**
 * Counts what is missing again and again, until nothing is, or until it has stayed the same for longer than
 * the Collector waits between two tries: what is on its way then is not coming.
 */
export async function untilComplete(countMissing: () => Promise<number>): Promise<void> {
  let least = Infinity;
  let since = Date.now();
  for (;;) {
    const missing = await countMissing();
    if (missing === 0) return;
    if (missing < least) [least, since] = [missing, Date.now()];
    if (Date.now() - since > NO_MORE_COME_MILLIS) return;
    await sleep(500);
  }
}

export function describeTally(what: string, { acknowledged, found, lost }: Tally): string {
  return `${what}: ${acknowledged} acknowledged, ${found} found, ${lost} lost`;
}
