import { fingerprint } from '../state/fingerprint';
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

/** Of a notification that is from before a restart, when the receiver has been told something newer of its alerts. */
const OLD_NEWS: Attempt = { result: 'rejected', reason: 'its receiver has heard something newer meanwhile' };

/** Hands notifications to the queues of their receivers, and remembers what became of the latest. */
export class Dispatcher {
  /** In the order of their ids, oldest first; what is pending is never forgotten. */
  readonly #known = new Map<number, Notification>();
  /** Ids, in the order in which they are forgotten. */
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

  /**
   * Takes over what was stored: what is still pending is sent now. That may be long after the start, when a database was
   * away; so it takes its place among what is known by then, and what says nothing that is news any more is not sent.
   */
  restore(stored: readonly Notification[]): void {
    const own = this.recent;
    const byId = new Map([...stored, ...own].map((notification) => [notification.id, notification]));
    this.#known.clear();
    this.#finished.length = 0;
    for (const id of [...byId.keys()].sort((a, b) => a - b)) {
      const notification = byId.get(id);
      if (notification !== undefined) this.#remember(notification);
      this.#lastId = Math.max(this.#lastId, id);
    }
    const told = new Set(own.flatMap(subjectsOf));
    const ownIds = new Set(own.map(({ id }) => id));
    for (const notification of stored) {
      if (notification.outcome !== 'pending' || ownIds.has(notification.id)) continue;
      const subjects = subjectsOf(notification);
      if (subjects.length > 0 && subjects.every((subject) => told.has(subject)))
        this.finish(notification, 'gave_up', OLD_NEWS);
      else this.#hand(notification);
    }
  }

  enqueue(notifications: readonly Notification[]): void {
    for (const notification of notifications) {
      this.#remember(notification);
      this.#hand(notification);
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

  #hand(notification: Notification): void {
    const queue = this.queues.get(notification.receiver);
    if (queue?.push(notification) === true) return;
    if (queue !== undefined) this.events.onQueueFull(notification);
    this.finish(notification, 'gave_up', undefined);
  }

  #remember(notification: Notification): void {
    this.#known.set(notification.id, notification);
    if (notification.outcome === 'pending') return;
    this.#finished.push(notification.id);
    const forgotten = this.#finished.length > this.maxFinished ? this.#finished.shift() : undefined;
    if (forgotten !== undefined) this.#known.delete(forgotten);
  }
}

/** Whom it tells of which alerts. */
function subjectsOf({ receiver, alerts }: Notification): string[] {
  return alerts.map(({ labels }) => `${receiver}\n${fingerprint(labels)}`);
}
