import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebhookAlert {
  readonly status: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly endsAt: string;
  readonly fingerprint: string;
}

/** A real HTTP server that takes webhooks, and answers as it is told. */
export class WebhookReceiver {
  readonly bodies: { readonly status: string; readonly alerts: WebhookAlert[] }[] = [];
  /** The status of the answers from now on; undefined leaves requests hanging. */
  answer: number | undefined = 200;
  requests = 0;
  readonly #server: Server;
  #watchers: (() => void)[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.requests += 1;
        if (this.answer !== undefined) {
          if (this.answer < 300) this.bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as never);
          response.writeHead(this.answer).end();
        }
        this.#watchers.forEach((look) => {
          look();
        });
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook?secret=42`;
  }

  get alerts(): WebhookAlert[] {
    return this.bodies.flatMap(({ alerts }) => alerts);
  }

  /** Resolves as soon as a request has made the condition true. */
  async until(condition: (receiver: this) => boolean): Promise<void> {
    if (condition(this)) return;
    await new Promise<void>((resolve) => {
      this.#watchers.push(() => {
        if (condition(this)) resolve();
      });
    });
    this.#watchers = [];
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
