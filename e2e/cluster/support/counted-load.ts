import { logsBody, newSpans, newTraceId, postOtlp, tracesBody } from '../../support/otlp-http.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { logLines, spanCount } from './backends.ts';
import { PortForward } from './port-forward.ts';

const SPANS_PER_TRACE = 10;
const INTERVAL_MILLIS = 100;
const RETRYABLE = [0, 429, 502, 503, 504];
/** What is on its way after the last restart of a backend: the longest pause between two tries is 5 s. */
const ARRIVAL_MILLIS = 120_000;

export interface Loss {
  readonly acknowledged: number;
  readonly lost: number;
}

/** Sends traces and log lines, each again until it is acknowledged, and counts what arrives of them. */
export class CountedLoad {
  readonly service = `counted-${newTraceId().slice(0, 8)}`;
  readonly #collector = new PortForward('svc/trace-collector', 4318);
  readonly #started = Date.now();
  readonly #traces = new Set<string>();
  readonly #lines = new Set<string>();
  #refusals = 0;
  #stopped = false;
  readonly #loops = [this.#loop(() => this.#sendTrace()), this.#loop(() => this.#sendLine())];

  get refusals(): number {
    return this.#refusals;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async lostSpans(): Promise<Loss> {
    const missing = new Set(this.#traces);
    await this.#untilNone(missing, async () => {
      for (const traceId of missing) {
        if ((await spanCount(traceId)) === SPANS_PER_TRACE) missing.delete(traceId);
      }
    });
    return { acknowledged: this.#traces.size * SPANS_PER_TRACE, lost: missing.size * SPANS_PER_TRACE };
  }

  async lostLines(): Promise<Loss> {
    const missing = new Set(this.#lines);
    await this.#untilNone(missing, async () => {
      const found = await logLines(`{service_name="${this.service}"}`, this.#started);
      for (const { text } of found) missing.delete(text);
    });
    return { acknowledged: this.#lines.size, lost: missing.size };
  }

  async #untilNone(missing: ReadonlySet<string>, look: () => Promise<void>): Promise<void> {
    await eventually(
      'everything arrives',
      async () => {
        await look();
        return missing.size === 0 || undefined;
      },
      { timeoutMillis: ARRIVAL_MILLIS, intervalMillis: 2000 },
    ).catch(() => undefined); // the count says what is lost
  }

  async #loop(send: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await send();
      await sleep(INTERVAL_MILLIS);
    }
  }

  async #sendTrace(): Promise<void> {
    const traceId = newTraceId();
    const body = tracesBody([[this.service, newSpans(SPANS_PER_TRACE, { traceId })]]);
    if (await this.#acknowledged('traces', body)) this.#traces.add(traceId);
  }

  async #sendLine(): Promise<void> {
    const text = newTraceId();
    const body = logsBody(this.service, [{ body: text, timeEpochMillis: Date.now() }]);
    if (await this.#acknowledged('logs', body)) this.#lines.add(text);
  }

  async #acknowledged(signal: 'traces' | 'logs', body: unknown): Promise<boolean> {
    for (;;) {
      const url = await this.#collector.url();
      const status = await postOtlp(signal, body, { url, timeoutMillis: 10_000 });
      if (status === 200) return true;
      if (!RETRYABLE.includes(status)) throw new Error(`${signal}: refused for good: ${status}`);
      if (this.#stopped) return false;
      this.#refusals += 1;
      if (status === 0) this.#collector.drop();
      await sleep(200);
    }
  }
}
