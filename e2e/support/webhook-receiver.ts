import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebhookAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
}

export interface Webhook {
  readonly receivedAtEpochMillis: number;
  readonly version: string;
  readonly status: 'firing' | 'resolved';
  readonly groupKey: string;
  readonly receiver: string;
  readonly alerts: readonly WebhookAlert[];
}

/** A receiver of Alertmanager webhooks, as a person's own would be. */
export class WebhookReceiver {
  readonly received: Webhook[] = [];
  /** It answers 503 and takes nothing. */
  refuses = false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (this.refuses) {
          response.writeHead(503).end();
          return;
        }
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Omit<Webhook, 'receivedAtEpochMillis'>;
        this.received.push({ ...body, receivedAtEpochMillis: Date.now() });
        response.end();
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alerts`;
  }

  /** Every alert that came, in the order of arrival. */
  alerts(): (WebhookAlert & { readonly receivedAtEpochMillis: number })[] {
    return this.received.flatMap(({ alerts, receivedAtEpochMillis }) =>
      alerts.map((alert) => ({ ...alert, receivedAtEpochMillis })),
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
