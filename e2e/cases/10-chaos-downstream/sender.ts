import { OtlpError, OtlpForwarder } from '@trace/otlp';
import { sleep } from '../../support/wait.ts';
import { makeRequest, signalOf } from './requests.ts';

const TICK_MILLIS = 10;
const FIRST_PAUSE_MILLIS = 50;
const MAX_PAUSE_MILLIS = 1000;
/** A sender's queue holds this much of its load; what does not fit is not sent, and so not acknowledged. */
const QUEUE_SECONDS = 1;

export interface Acknowledged {
  readonly number: number;
  readonly startedAtMillis: number;
  readonly latencyMillis: number;
}

/** Sends requests and, as OTLP says, sends again what may be sent again, until it is acknowledged. */
export class Sender {
  readonly acknowledged: Acknowledged[] = [];
  /** Requests that were refused for good, by code. */
  readonly refused = new Map<string, number>();
  overflowed = 0;
  #outstanding = 0;
  #next = 0;
  readonly #forwarder: OtlpForwarder;

  constructor(port: number) {
    this.#forwarder = new OtlpForwarder({
      endpoint: `127.0.0.1:${port}`,
      timeoutMillis: 10_000,
      keepaliveMillis: 60_000,
      keepaliveTimeoutMillis: 20_000,
      maxReconnectMillis: 200,
      maxResponseBytes: 1024 * 1024,
    });
  }

  /** As fast as `concurrency` at a time can; resolves to requests a second. */
  async flatOut(concurrency: number, forMillis: number): Promise<number> {
    const [started, before] = [Date.now(), this.acknowledged.length];
    const lane = async (): Promise<void> => {
      while (Date.now() - started < forMillis) await this.#deliver();
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    return (this.acknowledged.length - before) / ((Date.now() - started) / 1000);
  }

  /** At this pace, however long the answers take. */
  async atRate(requestsPerSecond: number, forMillis: number): Promise<void> {
    const started = Date.now();
    let sent = 0;
    while (Date.now() - started < forMillis) {
      const due = ((Date.now() - started) / 1000) * requestsPerSecond;
      for (; sent < due; sent += 1) {
        if (this.#outstanding < requestsPerSecond * QUEUE_SECONDS) void this.#deliver();
        else this.overflowed += 1;
      }
      await sleep(TICK_MILLIS);
    }
  }

  /** Until nothing is outstanding. */
  async drain(timeoutMillis: number): Promise<void> {
    const deadline = Date.now() + timeoutMillis;
    while (this.#outstanding > 0) {
      if (Date.now() > deadline) throw new Error(`${this.#outstanding} requests are still outstanding`);
      await sleep(TICK_MILLIS);
    }
  }

  /** The slowest but one in a hundred of those that were begun since. */
  p99MillisSince(startedAtMillis: number): number {
    const latencies = this.acknowledged
      .filter((each) => each.startedAtMillis >= startedAtMillis)
      .map(({ latencyMillis }) => latencyMillis)
      .sort((a, b) => a - b);
    return latencies[Math.floor(latencies.length * 0.99)] ?? Infinity;
  }

  close(): void {
    this.#forwarder.close();
  }

  async #deliver(): Promise<void> {
    const number = (this.#next += 1);
    const startedAtMillis = Date.now();
    const request = makeRequest(number);
    this.#outstanding += 1;
    for (let pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(pause * 2, MAX_PAUSE_MILLIS)) {
      try {
        await this.#forwarder.export(signalOf(number), request);
        this.acknowledged.push({ number, startedAtMillis, latencyMillis: Date.now() - startedAtMillis });
        break;
      } catch (thrown) {
        const error = OtlpError.from(thrown);
        if (!error.retryable) {
          this.refused.set(error.code, (this.refused.get(error.code) ?? 0) + 1);
          break;
        }
        await sleep(error.retryAfterMillis ?? pause);
      }
    }
    this.#outstanding -= 1;
  }
}
