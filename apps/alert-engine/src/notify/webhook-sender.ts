import { Agent, request } from 'undici';

/** What became of one attempt: `retry` is for 5xx, 429 and a network that failed. */
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

/** Posts JSON to one URL over a pool of connections that are kept open. */
export class WebhookSender {
  readonly #agent: Agent;

  constructor(private readonly options: WebhookOptions) {
    const { timeoutMillis } = options;
    this.#agent = new Agent({
      connections: options.maxConnections,
      connect: { timeout: timeoutMillis },
      headersTimeout: timeoutMillis,
      bodyTimeout: timeoutMillis,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
    });
  }

  async send(body: string): Promise<Attempt> {
    try {
      const {
        statusCode,
        headers,
        body: answer,
      } = await request(this.options.url, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'trace-alert-engine' },
        body,
        signal: AbortSignal.timeout(this.options.timeoutMillis),
      });
      // The answer counts from its status on, whatever happens to the rest of it.
      await answer.dump({ limit: MAX_RESPONSE_BYTES }).catch(() => undefined);
      return judgeStatus(statusCode, headers['retry-after']);
    } catch (error) {
      const { code, name } = error as NodeJS.ErrnoException;
      return { result: 'retry', reason: typeof code === 'string' ? code : name };
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function judgeStatus(status: number, retryAfter: string | string[] | undefined): Attempt {
  const reason = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { result: 'delivered', reason };
  if (status !== 429 && status < 500) return { result: 'rejected', reason };
  const seconds = typeof retryAfter === 'string' ? Number(retryAfter) : NaN;
  return Number.isFinite(seconds) && seconds >= 0
    ? { result: 'retry', reason, retryAfterMillis: seconds * 1000 }
    : { result: 'retry', reason };
}
