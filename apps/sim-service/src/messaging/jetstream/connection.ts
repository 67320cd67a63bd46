import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config';
import { Backoff } from '../../links/backoff';
import type { LinkState } from '../../links/link-state';
import { NotConfirmed } from '../broker';
import { portOf } from '../broker-url';

const CONNECT_TIMEOUT_MILLIS = 2000;
const WAIT_STEP_MILLIS = 50;

/** What is there while the server is. */
export interface Link {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
}

/** The connection to the server, and what is declared on it; the first one is waited for like any later one. */
export class JetStreamConnection {
  private link: Link | undefined;
  private closed = false;
  private readonly reconnects: Backoff;

  constructor(
    private readonly settings: Pick<Config['broker'], 'url' | 'maxReconnectDelay'>,
    private readonly name: string,
    private readonly broker: LinkState,
    /** Makes what the users of the connection take for given; runs whenever the server is back. */
    private readonly topology: (jsm: JetStreamManager) => Promise<void>,
  ) {
    this.reconnects = new Backoff(settings.maxReconnectDelay);
  }

  /** While the server is away, undefined. */
  get current(): Link | undefined {
    return this.broker.state === 'connected' ? this.link : undefined;
  }

  /** Waits for the server until the deadline. @throws NotConfirmed */
  async until(deadlineMillis: number): Promise<Link> {
    for (;;) {
      const { current } = this;
      if (current !== undefined) return current;
      if (Date.now() >= deadlineMillis) throw new NotConfirmed('timeout', 'the broker is away');
      await delay(WAIT_STEP_MILLIS);
    }
  }

  async connect(): Promise<void> {
    while (!this.closed) {
      let nc: NatsConnection | undefined;
      try {
        nc = await connect(this.options());
        this.link = { nc, js: jetstream(nc), jsm: await jetstreamManager(nc) };
        await this.declare(this.link);
        void this.watch(this.link);
        return;
      } catch (error) {
        // JetStream may be away although the server is there: begin anew with both.
        this.link = undefined;
        this.broker.disconnected(error);
        await nc?.close();
        await delay(this.reconnects.next());
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.link?.nc.drain();
  }

  private options(): Parameters<typeof connect>[0] {
    const { url } = this.settings;
    return {
      servers: `${url.hostname}:${portOf(url)}`,
      ...(url.username === '' ? {} : { user: decodeURIComponent(url.username) }),
      ...(url.password === '' ? {} : { pass: decodeURIComponent(url.password) }),
      name: this.name,
      timeout: CONNECT_TIMEOUT_MILLIS,
      pingInterval: 5000,
      maxReconnectAttempts: -1,
      reconnectDelayHandler: () => this.reconnects.next(),
    };
  }

  private async declare({ jsm }: Link): Promise<void> {
    await this.topology(jsm);
    this.reconnects.reset();
    this.broker.connected();
  }

  private async watch(link: Link): Promise<void> {
    for await (const { type } of link.nc.status()) {
      if (type === 'disconnect' && !this.closed) this.broker.disconnected();
      // The server may have come back without its data.
      if (type === 'reconnect') await this.redeclare(link);
    }
  }

  private async redeclare(link: Link): Promise<void> {
    while (!link.nc.isClosed()) {
      try {
        await this.declare(link);
        return;
      } catch {
        // JetStream answers a little later than the server itself.
        await delay(this.reconnects.next());
      }
    }
  }
}
