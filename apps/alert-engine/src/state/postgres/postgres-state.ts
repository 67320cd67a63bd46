import { randomUUID } from 'node:crypto';
import { databaseAddress, type DatabaseAddress, type Program } from '@trace/runtime';
import type { Change, DurableState, Standing, StateOwner } from '../durable-state';
import { PendingChanges } from './pending-changes';
import { errorLine, OvertakenError } from './postgres-error';
import { PostgresSession, type PostgresSettings } from './postgres-session';
import { SerialQueue } from './serial-queue';

/** More than a thousand services that fail at the same time make at once. */
const MAX_PENDING_CHANGES = 5000;

/**
 * `away`: changes are not collected, all that is in memory is written when the database is back. `catching up`: that is
 * under way, and what changes meanwhile is collected. `following`: what changes is written. `overtaken` and `closed` are
 * for ever.
 */
type Phase = 'away' | 'catching up' | 'following' | 'overtaken' | 'closed';

/**
 * The state in PostgreSQL. Nobody waits for it: changes are collected, and one transaction after the other writes what
 * has come. When the database is slow, hung or away the program goes on in memory, and `retry` opens it again and writes
 * everything.
 */
export class PostgresState implements DurableState {
  readonly #engine = randomUUID();
  readonly #pending = new PendingChanges(MAX_PENDING_CHANGES);
  /** One thing at a time is asked of the database. */
  readonly #work = new SerialQueue();
  readonly #address: DatabaseAddress;
  #phase: Phase = 'away';
  #session: PostgresSession | undefined;
  #lastEpoch = 0;
  #hasLoaded = false;
  /** Why it could not be used the last time, as the log has it. */
  #complaint: string | undefined;

  constructor(
    private readonly settings: PostgresSettings,
    private readonly logger: Program['logger'],
    private readonly owner: StateOwner,
  ) {
    this.#address = databaseAddress(settings.url);
  }

  get isBehind(): boolean {
    return this.#phase !== 'following';
  }

  get standing(): Standing {
    if (this.#phase === 'overtaken') return 'in memory only, another engine has taken over';
    return this.isBehind ? 'in memory only, trying again' : 'stored';
  }

  /** Waits for the database for `connectTimeout` at most. */
  async start(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.settings.connectTimeout);
    });
    await Promise.race([this.retry(), late]);
    clearTimeout(timer);
  }

  write(change: Change): void {
    if (this.#phase !== 'following' && this.#phase !== 'catching up') return;
    this.#pending.add(change);
    void this.#work.once('flush', () => this.#flush());
  }

  async probe(): Promise<string | undefined> {
    if (this.#phase === 'following') await this.retry();
    if (this.#phase === 'overtaken') return 'another engine has taken over';
    // Not waited for: it takes as long as there is much to write, and until then the state is behind.
    if (this.#phase === 'catching up') return 'everything is being written to the database';
    return this.isBehind ? 'the database cannot be written' : undefined;
  }

  /** Writes everything if the database was away; else looks whether it is still there, and still this engine's. */
  retry(): Promise<void> {
    return this.#work.once('retry', () => (this.#phase === 'away' ? this.#catchUp() : this.#check()));
  }

  async close(): Promise<void> {
    const flushed = (): Promise<void> => this.#work.once('flush', () => this.#flush());
    await flushed();
    // Also when it was this write that failed; then everything is worth a second try.
    if (this.#phase === 'away') {
      await this.retry();
      await flushed();
    }
    this.#session?.end();
    this.#session = undefined;
    this.#phase = 'closed';
  }

  async #catchUp(): Promise<void> {
    try {
      // It throws for a URL that names a file which is not there.
      const session = new PostgresSession(this.settings, (lost) => {
        this.#onLost(lost);
      });
      this.#session = session;
      const claimant = { engine: this.#engine, lastEpoch: this.#lastEpoch };
      const stored = await session.open(claimant, !this.#hasLoaded);
      this.#lastEpoch = session.epoch;
      this.#phase = 'catching up';
      if (stored !== undefined) this.owner.restore(stored);
      this.#hasLoaded = true;
      // It has all that is pending.
      this.#pending.clear();
      await session.replace(this.owner.snapshot());
      this.#phase = 'following';
      if (this.#complaint !== undefined)
        this.logger.info(this.#address, 'the state in the database is up to date again');
      this.#complaint = undefined;
    } catch (error) {
      this.#fail(error);
    }
  }

  async #flush(): Promise<void> {
    if (this.#phase !== 'following' || this.#session === undefined) return;
    const pending = this.#pending.take();
    if (pending === undefined) return;
    try {
      if (pending.change === 'everything') await this.#session.replace(this.owner.snapshot());
      else await this.#session.write(pending.change);
      this.owner.onWritten((performance.now() - pending.sinceMillis) / 1000);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #check(): Promise<void> {
    if (this.#phase !== 'following' || this.#session === undefined) return;
    try {
      await this.#session.check();
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * While something is under way on the connection, that fails with it. It is said before it does, and never is it a
   * reason to connect anew: a server that breaks each connection would see one after the other, without a pause.
   */
  #onLost(session: PostgresSession): void {
    if (this.#phase !== 'following' || this.#session !== session) return;
    void this.#work.once('check', () => this.#check());
  }

  /** From now on the database is behind. Of failures in a row for the same reason only the first is logged. */
  #fail(error: unknown): void {
    this.#session?.end();
    this.#session = undefined;
    this.#pending.clear();
    this.owner.onWriteError();
    if (error instanceof OvertakenError) {
      this.#phase = 'overtaken';
      const message = 'another engine has taken over the state in the database, going on in memory only';
      this.logger.error(this.#address, message);
      return;
    }
    this.#phase = 'away';
    const reason = errorLine(error);
    if (reason === this.#complaint) return;
    this.#complaint = reason;
    const message = `cannot use the database for the state, going on in memory and trying again: ${reason}`;
    this.logger.error(this.#address, message);
  }
}
