import type { TransportOptions } from './transport';

export interface LifeEvents {
  /** Calls that wait for an answer of the server; without any it is not pinged. */
  activeStreams(): number;
  /** `pong` is to be called when it is answered. */
  sendPing(): void;
  /** The other end did not answer in time; the connection is to be broken. */
  onSilence(reason: string): void;
}

/**
 * How a client's HTTP/2 connection comes and goes, whatever it is built on: it connects within a time, is used while
 * it is ready, takes no new calls while it is leaving, and is gone for good. A ping that is not answered ends it.
 */
export class ConnectionLife {
  readonly #connectTimer: NodeJS.Timeout;
  readonly #keepaliveTimer: NodeJS.Timeout;
  #pingTimer: NodeJS.Timeout | undefined;
  #state: 'connecting' | 'ready' | 'leaving' | 'gone' = 'connecting';
  #wasReady = false;
  #heardAtEpochMillis = 0;

  constructor(
    private readonly options: TransportOptions,
    private readonly events: LifeEvents,
  ) {
    const { connectTimeoutMillis, keepaliveMillis } = options;
    this.#connectTimer = setTimeout(() => {
      events.onSilence(`no HTTP/2 server answered within ${connectTimeoutMillis} ms`);
    }, connectTimeoutMillis);
    this.#keepaliveTimer = setInterval(() => {
      if (events.activeStreams() > 0) this.#ping();
    }, keepaliveMillis).unref();
  }

  get isConnecting(): boolean {
    return this.#state === 'connecting';
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  get isLeaving(): boolean {
    return this.#state === 'leaving';
  }

  get isGone(): boolean {
    return this.#state === 'gone';
  }

  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** The server has said what it takes. Returns whether that is news. */
  becomeReady(): boolean {
    clearTimeout(this.#connectTimer);
    if (this.#state !== 'connecting') return false;
    this.#state = 'ready';
    this.#wasReady = true;
    return true;
  }

  /** Returns whether it was in use until now. */
  leave(): boolean {
    if (this.#state !== 'ready') return false;
    this.#state = 'leaving';
    return true;
  }

  /** Returns whether that is news: not if it was gone, or leaving. */
  end(): boolean {
    clearTimeout(this.#connectTimer);
    clearInterval(this.#keepaliveTimer);
    clearTimeout(this.#pingTimer);
    const isNews = this.#state === 'connecting' || this.#state === 'ready';
    this.#state = 'gone';
    return isNews;
  }

  /** A call was answered. */
  heard(): void {
    this.#heardAtEpochMillis = Date.now();
  }

  hasHeardSince(epochMillis: number): boolean {
    return this.#heardAtEpochMillis > epochMillis;
  }

  pong(): void {
    clearTimeout(this.#pingTimer);
    this.#pingTimer = undefined;
  }

  #ping(): void {
    if (this.#pingTimer !== undefined) return;
    const { keepaliveTimeoutMillis } = this.options;
    this.#pingTimer = setTimeout(() => {
      this.events.onSilence(`no answer to a ping within ${keepaliveTimeoutMillis} ms`);
    }, keepaliveTimeoutMillis);
    this.events.sendPing();
  }
}
