import type { Clock } from '../clock';
import { backOffMillis, type BackOff } from './back-off';
import type { FinalOutcome, Notification } from './notification';
import type { Attempt } from './webhook-sender';

export interface QueueOptions {
  readonly maxQueued: number;
  readonly maxConcurrent: number;
  readonly backOff: BackOff;
  /** A notification that is older than this is not tried again. */
  readonly giveUpAfterMillis: number;
}

export interface QueueEvents {
  onRetry(notification: Notification, attempt: Attempt): void;
  onDone(notification: Notification, outcome: FinalOutcome, attempt: Attempt): void;
}

interface Entry {
  readonly notification: Notification;
  attempts: number;
}

/**
 * The notifications of one receiver. Those of one group go one after the other, so that nobody hears of an end
 * before the beginning; different groups go side by side, up to a limit; and one that waits to be tried again
 * holds up only its own group.
 */
export class ReceiverQueue {
  /** Group key → what is to be told of it, the first one being on its way or about to be. */
  readonly #lanes = new Map<string, Entry[]>();
  readonly #ready: string[] = [];
  readonly #cancels = new Map<string, () => void>();
  #queued = 0;
  #running = 0;
  #stopped = false;
  #onIdle: (() => void) | undefined;

  constructor(
    private readonly options: QueueOptions,
    private readonly send: (body: string) => Promise<Attempt>,
    private readonly events: QueueEvents,
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {}

  get size(): number {
    return this.#queued;
  }

  /** False when the queue is full, and the notification was not taken. */
  push(notification: Notification): boolean {
    if (this.#queued >= this.options.maxQueued) return false;
    this.#queued += 1;
    const entry: Entry = { notification, attempts: notification.attempts };
    const lane = this.#lanes.get(notification.groupKey);
    if (lane === undefined) {
      this.#lanes.set(notification.groupKey, [entry]);
      this.#ready.push(notification.groupKey);
      this.#pump();
    } else {
      lane.push(entry);
    }
    return true;
  }

  /** Starts nothing more but what is ready now; resolves when that has been tried once. */
  async drain(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels.values()) cancel();
    if (this.#running > 0 || this.#ready.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
  }

  #pump(): void {
    while (this.#running < this.options.maxConcurrent) {
      const groupKey = this.#ready.shift();
      if (groupKey === undefined) break;
      const entry = this.#lanes.get(groupKey)?.[0];
      if (entry === undefined) continue;
      this.#running += 1;
      void this.#attempt(groupKey, entry);
    }
    if (this.#running === 0) this.#onIdle?.();
  }

  async #attempt(groupKey: string, entry: Entry): Promise<void> {
    entry.attempts += 1;
    const attempt = await this.send(entry.notification.body);
    this.#running -= 1;
    const notification = { ...entry.notification, attempts: entry.attempts };
    if (attempt.result !== 'retry') {
      this.#finish(groupKey, notification, attempt.result, attempt);
    } else {
      const waitMillis = Math.max(
        backOffMillis(entry.attempts, this.options.backOff, this.random()),
        Math.min(attempt.retryAfterMillis ?? 0, this.options.backOff.maxMillis),
      );
      const ageMillis = this.clock.now() + waitMillis - notification.createdAtEpochMillis;
      if (ageMillis > this.options.giveUpAfterMillis) {
        this.#finish(groupKey, notification, 'gave_up', attempt);
      } else {
        this.events.onRetry(notification, attempt);
        if (!this.#stopped) this.#retryAfter(waitMillis, groupKey);
      }
    }
    this.#pump();
  }

  #retryAfter(waitMillis: number, groupKey: string): void {
    const cancel = this.clock.after(waitMillis, () => {
      this.#cancels.delete(groupKey);
      this.#ready.push(groupKey);
      this.#pump();
    });
    this.#cancels.set(groupKey, cancel);
  }

  #finish(groupKey: string, notification: Notification, outcome: FinalOutcome, attempt: Attempt): void {
    const lane = this.#lanes.get(groupKey) ?? [];
    lane.shift();
    this.#queued -= 1;
    if (lane.length === 0) this.#lanes.delete(groupKey);
    else this.#ready.push(groupKey);
    this.events.onDone(notification, outcome, attempt);
  }
}
