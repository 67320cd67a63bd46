import type { FinalOutcome, Notification } from './notification';
import type { Attempt } from './webhook-sender';

/** A queue, as far as the dispatcher cares. */
export interface Queue {
  readonly size: number;
  push(notification: Notification): boolean;
  drain(): Promise<void>;
}

/** What the program does when something became of a notification. */
export interface DispatchEvents {
  /** To be stored. */
  onDone(notification: Notification, attempt: Attempt | undefined): void;
  onQueueFull(notification: Notification): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Hands notifications to the queues of their receivers, and remembers what became of the latest. */
export class Dispatcher {
  /** By id, oldest first; what is pending is never forgotten. */
  readonly #known = new Map<number, Notification>();
  readonly #finished: number[] = [];
  #lastId = 0;

  constructor(
    private readonly queues: ReadonlyMap<string, Queue>,
    private readonly maxFinished: number,
    private readonly events: DispatchEvents,
  ) {}

  /** Never the same twice, not even after a restart that could not read what was before. */
  nextId(): number {
    this.#lastId = Math.max(this.#lastId + 1, this.events.now());
    return this.#lastId;
  }

  /** The latest notifications, oldest first. */
  get recent(): Notification[] {
    return [...this.#known.values()];
  }

  /** Takes over what was stored: what is still pending is sent now. */
  restore(notifications: readonly Notification[]): void {
    for (const notification of notifications) {
      this.#lastId = Math.max(this.#lastId, notification.id);
      if (notification.outcome === 'pending') this.enqueue([notification]);
      else this.#remember(notification);
    }
  }

  enqueue(notifications: readonly Notification[]): void {
    for (const notification of notifications) {
      this.#remember(notification);
      const queue = this.queues.get(notification.receiver);
      if (queue?.push(notification) === true) continue;
      if (queue !== undefined) this.events.onQueueFull(notification);
      this.finish(notification, 'gave_up', undefined);
    }
  }

  /** A queue is done with it. `notification` has the number of attempts. */
  finish(notification: Notification, outcome: FinalOutcome, attempt: Attempt | undefined): void {
    const done: Notification = {
      ...notification,
      outcome,
      ...(outcome === 'delivered' ? { deliveredAtEpochMillis: this.events.now() } : {}),
    };
    this.#remember(done);
    this.events.onDone(done, attempt);
  }

  async drain(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.drain()));
  }

  #remember(notification: Notification): void {
    this.#known.set(notification.id, notification);
    if (notification.outcome === 'pending') return;
    this.#finished.push(notification.id);
    const forgotten = this.#finished.length > this.maxFinished ? this.#finished.shift() : undefined;
    if (forgotten !== undefined) this.#known.delete(forgotten);
  }
}
