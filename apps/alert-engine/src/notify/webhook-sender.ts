import { Agent, buildConnector, request, type Dispatcher } from 'undici';

/** What became of one attempt: `retry` is for 5xx, 408, 429 and a network that failed. */
export interface Attempt {
  readonly result: 'delivered' | 'rejected' | 'retry';
  /** For the log: a status code, or the network's error code. Never the URL, which may hold a secret. */
  readonly reason: string;
  /** How long the receiver asked us to wait. */
  readonly retryAfterMillis?: number;
}

export interface WebhookOptions {
  readonly url: string;
  readonly timeoutMillis: number;
  readonly maxConnections: number;
}

/** An answer's body is of no use; this much of it is read so that the connection can be used again. */
const MAX_RESPONSE_BYTES = 16 * 1024;
const KEEP_ALIVE_MILLIS = 30_000;
const MAX_REDIRECTS = 3;
/** Those that keep the method and the body (RFC 9110, 15.4); the others would turn the POST into a GET. */
const REDIRECTS: readonly number[] = [307, 308];
const RETRIED: readonly number[] = [408, 429];

/** Posts JSON to one URL over a pool of connections that are kept open. */
export class WebhookSender {
  readonly #agent: Agent;
  /** Errors of connections that had carried an answer before. */
  readonly #ofKept = new WeakSet<object>();

  constructor(private readonly options: WebhookOptions) {
    const { timeoutMillis } = options;
    const connect = buildConnector({ timeout: timeoutMillis });
    this.#agent = new Agent({
      connections: options.maxConnections,
      connect: (target, callback) => {
        connect(target, (...result) => {
          const [, socket] = result;
          socket?.on('error', (error: Error) => {
            if (socket.bytesRead > 0) this.#ofKept.add(error);
          });
          callback(...result);
        });
      },
      headersTimeout: timeoutMillis,
      bodyTimeout: timeoutMillis,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
    });
  }

  async send(body: string): Promise<Attempt> {
    const signal = AbortSignal.timeout(this.options.timeoutMillis);
    try {
      let url = this.options.url;
      for (let redirects = 0; ; redirects += 1) {
        const answer = await this.#post(url, body, signal);
        // An attempt ends with its status, whatever happens to the rest of the answer.
        void answer.body.dump({ limit: MAX_RESPONSE_BYTES }).catch(() => undefined);
        const target = redirectTarget(url, answer);
        if (target === undefined) return judgeStatus(answer.statusCode, answer.headers['retry-after']);
        if (redirects === MAX_REDIRECTS) return { result: 'rejected', reason: 'too many redirects' };
        url = target;
      }
    } catch (error) {
      const { code, name } = error as NodeJS.ErrnoException;
      return { result: 'retry', reason: typeof code === 'string' ? code : name };
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /**
   * A receiver may close a connection that was kept open in the moment in which it is used again (RFC 9112, 9.3.1): one
   * more try, at once, says whether the receiver is away. Should the first have arrived, the alert comes twice.
   */
  async #post(url: string, body: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const post = (): Promise<Dispatcher.ResponseData> =>
      request(url, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'trace-alert-engine' },
        body,
        signal,
      });
    return post().catch((error: unknown) => {
      if (this.#ofKept.has(Object(error) as object)) return post();
      throw error;
    });
  }
}

function redirectTarget(
  from: string,
  { statusCode, headers: { location } }: Dispatcher.ResponseData,
): string | undefined {
  if (!REDIRECTS.includes(statusCode) || typeof location !== 'string') return undefined;
  const target = URL.parse(location, from);
  return target !== null && /^https?:$/.test(target.protocol) ? target.href : undefined;
}

function judgeStatus(status: number, retryAfter: string | string[] | undefined): Attempt {
  const reason = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { result: 'delivered', reason };
  if (!RETRIED.includes(status) && status < 500) return { result: 'rejected', reason };
  const seconds = typeof retryAfter === 'string' ? Number(retryAfter) : NaN;
  return Number.isFinite(seconds) && seconds >= 0
    ? { result: 'retry', reason, retryAfterMillis: seconds * 1000 }
    : { result: 'retry', reason };
}
