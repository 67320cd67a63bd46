import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '@trace/runtime';
import { outsideOfTrace } from '@trace/telemetry';
import { DatabaseError, Pool, type ClientBase } from 'pg';
import type { Config } from '../../../config';
import { Backoff } from '../../../links/backoff';
import type { LinkState } from '../../../links/link-state';
import { StoreUnavailable } from '../store-unavailable';

export type DatabaseSettings = Config['users']['database'];

/** The server's answer to what we asked for, by class of SQLSTATE: wrong data, a constraint, a mistake in our SQL. */
const ABOUT_THE_STATEMENT = /^(22|23|42)/;

/**
 * A pool of connections. A database that is away is waited for in the background and prepared anew when it is
 * back, since it may have lost its data; until then every use is refused at once.
 */
export class Database {
  private readonly pool: Pool;
  private readonly reconnects: Backoff;
  private isConnecting = false;
  private isClosed = false;

  /** @param prepare makes what the users of the database take for given; runs in a transaction, and again and again */
  constructor(
    settings: DatabaseSettings & { readonly url: URL },
    private readonly prepare: (client: ClientBase) => Promise<void>,
    private readonly link: LinkState,
  ) {
    this.reconnects = new Backoff(settings.maxReconnectDelay);
    this.pool = new Pool({
      connectionString: settings.url.href,
      max: settings.maxConnections,
      connectionTimeoutMillis: settings.connectTimeout,
      query_timeout: settings.queryTimeout,
      // So that the server does not go on with what nobody waits for.
      statement_timeout: settings.queryTimeout,
      keepAlive: true,
      application_name: 'users',
    });
    // What breaks a connection fails its query too; told without a listener, it would end the process.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
    // Of a connection that is idle.
    this.pool.on('error', (error) => {
      this.lost(error);
    });
  }

  /** Connects in the background, again and again. */
  connect(): void {
    if (this.isConnecting || this.isClosed) return;
    this.isConnecting = true;
    // It is no part of the request that found the database away.
    void outsideOfTrace(() => this.untilPrepared());
  }

  /** @throws StoreUnavailable; or a DatabaseError about a statement, e.g. for a constraint that does not hold */
  async use<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    if (this.link.state === 'disconnected') throw new StoreUnavailable();
    try {
      return await this.withClient(work);
    } catch (error) {
      if (isAboutTheStatement(error)) throw error;
      this.lost(error);
      throw new StoreUnavailable();
    }
  }

  /** As `use`, all or nothing. */
  transaction<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    return this.use((client) => inTransaction(client, work));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.pool.end();
  }

  private lost(error: unknown): void {
    if (this.isClosed) return;
    this.link.disconnected(reasonOf(error));
    this.connect();
  }

  private async untilPrepared(): Promise<void> {
    while (!this.isClosed) {
      try {
        await this.withClient((client) => inTransaction(client, this.prepare));
        this.reconnects.reset();
        this.link.connected();
        break;
      } catch (error) {
        this.link.disconnected(reasonOf(error));
        await delay(this.reconnects.next(), undefined, { ref: false });
      }
    }
    this.isConnecting = false;
  }

  private async withClient<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let isUsable = false;
    try {
      const result = await work(client);
      isUsable = true;
      return result;
    } catch (error) {
      isUsable = isAboutTheStatement(error);
      throw error;
    } finally {
      // One that did not answer in time may still be busy with it.
      client.release(!isUsable);
    }
  }
}

function isAboutTheStatement(error: unknown): boolean {
  return error instanceof DatabaseError && ABOUT_THE_STATEMENT.test(error.code ?? '');
}

async function inTransaction<T>(client: ClientBase, work: (client: ClientBase) => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    if (isAboutTheStatement(error)) await client.query('ROLLBACK');
    throw error;
  }
}
