import { Agent, request } from 'node:https';
import { sleep } from './wait.ts';

const MAX_TRIES = 5;

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
    readonly creationTimestamp?: string;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** What a test does to a cluster: plain requests, so that nothing is shared with what is tested. */
export class KubeClient {
  readonly #agent: Agent;
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string, ca: string) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 16 });
  }

  create(path: string, object: object): Promise<KubeObject> {
    return this.send('POST', path, object) as Promise<KubeObject>;
  }

  /** @param path of the object, or of its /status */
  patch(path: string, patch: object): Promise<KubeObject> {
    return this.send('PATCH', path, patch) as Promise<KubeObject>;
  }

  get(path: string): Promise<KubeObject> {
    return this.send('GET', path) as Promise<KubeObject>;
  }

  /** At once, without a node that would confirm it. */
  async delete(path: string): Promise<void> {
    await this.send('DELETE', path, { gracePeriodSeconds: 0, propagationPolicy: 'Background' });
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * The parsed answer, or its text. Rejects with what the server said when the status is not 2xx. A server that is
   * busy is asked again; what it has done all the same by then is done.
   */
  async send(method: string, path: string, body?: object): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#sendOnce(method, path, body);
      } catch (error) {
        const { status, code } = error as { status?: number; code?: string };
        if (tries > 1 && status === 409 && method === 'POST') {
          return this.get(`${path}/${(body as KubeObject).metadata.name}`);
        }
        if (tries > 1 && status === 404 && method === 'DELETE') return undefined;
        // A kept connection that the server had just closed.
        const isCut = code === 'ECONNRESET';
        const isBusy = isCut || status === 429 || (status !== undefined && status >= 500 && status !== 503);
        if (!isBusy || tries === MAX_TRIES) throw error;
        await sleep(tries * 500);
      }
    }
  }

  #sendOnce(method: string, path: string, body?: object): Promise<unknown> {
    const content = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.#url),
        {
          method,
          agent: this.#agent,
          timeout: 90_000,
          headers: {
            authorization: `Bearer ${this.#token}`,
            // Node frames no body of a DELETE by itself.
            ...(content === undefined ? {} : { 'content-length': Buffer.byteLength(content) }),
            'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const { statusCode = 0 } = response;
            if (statusCode >= 300)
              reject(
                Object.assign(new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 500)}`), {
                  status: statusCode,
                }),
              );
            else resolve(text.startsWith('{') ? (JSON.parse(text) as unknown) : text);
          });
        },
      );
      sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer`)));
      sent.end(content);
    });
  }
}
