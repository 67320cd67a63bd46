import { Client } from 'pg';
import type { Change, Snapshot } from '../durable-state';
import { claim, verify, type Claimant, type Ownership } from './ownership';
import { readAll, removeAlerts, removeAll, upsertAlerts, upsertNotifications } from './statements';

/** Times in milliseconds. */
export interface PostgresSettings {
  readonly url: URL;
  readonly connectTimeout: number;
  /** For each statement. */
  readonly queryTimeout: number;
  readonly maxFinishedNotifications: number;
}

/** Times `queryTimeout`: an engine that is busy may let its transaction wait, one that is gone keeps its locks no longer. */
const IDLE_QUERIES = 5;

/**
 * A connection under which an engine owns the state. Of no use after a failure: the server undoes what was not committed
 * when it ends.
 *
 * Nothing is set for longer than a transaction, so that a pooler may hand its connections to one transaction at a time.
 */
export class PostgresSession {
  readonly #client: Client;
  readonly #begin: string;
  #ownership: Ownership = { engine: '', epoch: 0, revision: 0 };
  #isEnded = false;
  /** Why the connection broke, which is more than the statement says that breaks with it. */
  #lostFor: unknown;

  /** @param onLost the connection broke, be it while nobody uses it */
  constructor(
    private readonly settings: PostgresSettings,
    onLost: (session: PostgresSession) => void,
  ) {
    const { url, connectTimeout, queryTimeout } = settings;
    this.#client = new Client({
      connectionString: url.href,
      connectionTimeoutMillis: connectTimeout,
      query_timeout: queryTimeout,
      keepAlive: true,
      application_name: 'alert-engine',
    });
    this.#client.on('error', (error) => {
      this.#lostFor ??= error;
      if (!this.#isEnded) onLost(this);
    });
    // So that the server does not go on with what nobody waits for.
    this.#begin = `BEGIN; SET LOCAL statement_timeout = ${queryTimeout};
      SET LOCAL idle_in_transaction_session_timeout = ${IDLE_QUERIES * queryTimeout}`;
  }

  get epoch(): number {
    return this.#ownership.epoch;
  }

  /**
   * Makes the engine the owner. What is stored is read, if it has to be, before it is; nothing is changed if it cannot.
   * @throws OvertakenError, NewerSchemaError, UnreadableRowError, or what pg throws
   */
  async open(claimant: Claimant, reads: boolean): Promise<Snapshot | undefined> {
    await this.#client.connect();
    return this.#transaction(async () => {
      this.#ownership = await claim(this.#client, claimant);
      return reads ? readAll(this.#client) : undefined;
    });
  }

  /** @throws OvertakenError, or what pg throws; as the following do */
  write(change: Change): Promise<void> {
    return this.#asOwner(async () => {
      await removeAlerts(this.#client, change.ended);
      await this.#upsert(change.upserts, change.notifications);
    });
  }

  /** Puts this in place of all that is there. */
  replace({ alerts, notifications }: Snapshot): Promise<void> {
    return this.#asOwner(async () => {
      await removeAll(this.#client);
      await this.#upsert(alerts, notifications);
    });
  }

  /** Writes nothing but the revision: nothing but an attempt tells whether it can be written. */
  check(): Promise<void> {
    return this.#asOwner(() => Promise.resolve());
  }

  /** Does not wait for a server that does not answer. */
  end(): void {
    this.#isEnded = true;
    void this.#client.end().catch(() => undefined);
  }

  async #upsert(alerts: Snapshot['alerts'], notifications: Snapshot['notifications']): Promise<void> {
    await upsertAlerts(this.#client, alerts);
    await upsertNotifications(this.#client, notifications, this.settings.maxFinishedNotifications);
  }

  async #asOwner(work: () => Promise<void>): Promise<void> {
    this.#ownership = await this.#transaction(async () => {
      const ownership = await verify(this.#client, this.#ownership);
      await work();
      return ownership;
    });
  }

  async #transaction<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.#client.query(this.#begin);
      const result = await work();
      await this.#client.query('COMMIT');
      return result;
    } catch (error) {
      throw this.#lostFor ?? error;
    }
  }
}
