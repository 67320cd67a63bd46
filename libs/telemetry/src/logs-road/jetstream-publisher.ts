import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
// Types alone: the packages are loaded when the first record is published, by services that take this road.
import type { JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

const CONNECT_TIMEOUT_MILLIS = 2000;
/** One try of several: what a server that was killed had not yet answered is asked again. */
const TRY_MILLIS = 2000;
const RETRY_MILLIS = 200;
const PING_INTERVAL_MILLIS = 5000;
const DEFAULT_PORT = 4222;
/** nats-server's own default, until it has said what it takes. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1024 * 1024;

interface Link {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  isUp: boolean;
}

/** Publishes with an acknowledgement. Connects at the first use, and comes back by itself. */
export class JetStreamPublisher {
  #link: Link | undefined;
  #connecting: Promise<Link> | undefined;
  #isClosed = false;

  constructor(
    private readonly url: URL,
    private readonly name: string,
  ) {}

  /** What the server takes as one message. */
  get maxPayloadBytes(): number {
    return this.#link?.nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD_BYTES;
  }

  /**
   * Resolves when the stream has the message on disk; it is stored once, however often it has to be asked.
   * @throws Error when that has not been confirmed by the deadline, or the publisher is closed
   */
  async publish(subject: string, data: Uint8Array, deadlineEpochMillis: number): Promise<void> {
    const msgID = randomUUID();
    for (;;) {
      try {
        const { js, isUp } = await this.#connected();
        // Else the client would hold the message until it is back, and with each try one more.
        if (!isUp) throw new Error('NATS is away');
        const timeout = Math.max(1, Math.min(TRY_MILLIS, deadlineEpochMillis - Date.now()));
        await js.publish(subject, data, { msgID, timeout });
        return;
      } catch (error) {
        if (this.#isClosed || Date.now() + RETRY_MILLIS >= deadlineEpochMillis) throw error;
        await delay(RETRY_MILLIS);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#link?.nc.close();
  }

  async #connected(): Promise<Link> {
    if (this.#link !== undefined) return this.#link;
    this.#connecting ??= this.#connect();
    try {
      return await this.#connecting;
    } finally {
      this.#connecting = undefined;
    }
  }

  async #connect(): Promise<Link> {
    const [{ connect }, { jetstream }] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
    ]);
    const { hostname, port, username, password } = this.url;
    const nc = await connect({
      servers: `${hostname}:${port === '' ? DEFAULT_PORT : port}`,
      ...(username === '' ? {} : { user: decodeURIComponent(username) }),
      ...(password === '' ? {} : { pass: decodeURIComponent(password) }),
      name: this.name,
      timeout: CONNECT_TIMEOUT_MILLIS,
      pingInterval: PING_INTERVAL_MILLIS,
      maxReconnectAttempts: -1,
    });
    const link: Link = { nc, js: jetstream(nc), isUp: true };
    this.#link = link;
    void watch(link);
    if (this.#isClosed) await nc.close();
    return link;
  }
}

async function watch(link: Link): Promise<void> {
  for await (const { type } of link.nc.status()) {
    if (type === 'disconnect') link.isUp = false;
    if (type === 'reconnect') link.isUp = true;
  }
}
