import { OtlpError } from '../status/otlp-error';
import { type Connection, FIRST_REQUEST_MILLIS, FLUSH_MILLIS } from './connection';
import type { Listener } from './listener';
import { settlesWithin } from './settles-within';

/** How often waiting calls are looked at; deadlines are kept to within this. */
const SWEEP_MILLIS = 100;

/** The connections of a receiver: looks after their deadlines while it runs, and ends them with it. */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #timers: NodeJS.Timeout[] = [];
  #isShuttingDown = false;

  constructor(
    private readonly listener: Listener,
    private readonly keepaliveMillis: number,
  ) {}

  /** One that comes while the others are told to go is told too. */
  add(connection: Connection): void {
    this.#open.add(connection);
    if (this.#isShuttingDown) connection.close();
  }

  delete(connection: Connection): void {
    this.#open.delete(connection);
  }

  start(): void {
    this.#every(SWEEP_MILLIS, () => {
      const now = Date.now();
      for (const connection of this.#open) connection.expire(now);
    });
    this.#every(this.keepaliveMillis, () => {
      for (const connection of this.#open) connection.ping();
    });
  }

  /** Ends the one that has been idle longest, if there is one; returns it. */
  endIdle(): Connection | undefined {
    let idle: Connection | undefined;
    for (const connection of this.#open) {
      if (connection.calls.size > 0) continue;
      if (idle === undefined || connection.lastUsedEpochMillis < idle.lastUsedEpochMillis) idle = connection;
    }
    idle?.destroy();
    return idle;
  }

  /** See GrpcReceiver. */
  async shutdown(deadlineMillis: number): Promise<void> {
    this.#isShuttingDown = true;
    const startedAtEpochMillis = Date.now();
    await this.listener.takeBacklog(startedAtEpochMillis + deadlineMillis);
    const closed = this.listener.close();
    for (const connection of this.#open) connection.close();
    const acceptedEpochMillis = Date.now();
    this.#every(SWEEP_MILLIS, () => {
      if (Date.now() >= acceptedEpochMillis + FIRST_REQUEST_MILLIS) this.listener.dropPending();
    });
    if (!(await settlesWithin(closed, startedAtEpochMillis + deadlineMillis - acceptedEpochMillis))) {
      const error = new OtlpError('UNAVAILABLE', 'shutting down');
      for (const connection of this.#open) connection.fail(error);
      await settlesWithin(closed, FLUSH_MILLIS);
      for (const connection of this.#open) connection.destroy();
      this.listener.destroyAll();
    }
    for (const timer of this.#timers) clearInterval(timer);
  }

  #every(intervalMillis: number, run: () => void): void {
    this.#timers.push(setInterval(run, intervalMillis).unref());
  }
}
