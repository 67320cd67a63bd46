import type { Notification } from '../../notify/notification';
import type { Alert } from '../alert';
import type { Change } from '../durable-state';

/** What is to be written next: some changes, or, as there were too many, everything. */
export interface Pending {
  readonly change: Change | 'everything';
  /** When the first of them came, as `performance.now()` tells it. */
  readonly sinceMillis: number;
}

/**
 * Changes that wait for the database. Of an alert and of a notification only the newest counts, so it is the number of
 * alerts and notifications that bounds this, not how often they change. It alone would not be enough: alerts end and
 * notifications are finished, and memory forgets them, while they would still wait here. So there is a limit, beyond
 * which the single changes are let go: everything that memory has, which has limits of its own, is written in their place.
 */
export class PendingChanges {
  /** By fingerprint; undefined for one that has ended. */
  readonly #alerts = new Map<string, Alert | undefined>();
  readonly #notifications = new Map<number, Notification>();
  #areTooMany = false;
  #sinceMillis: number | undefined;

  constructor(private readonly maxChanges: number) {}

  add({ upserts, ended, notifications }: Change): void {
    this.#sinceMillis ??= performance.now();
    if (this.#areTooMany) return;
    for (const fingerprint of ended) this.#alerts.set(fingerprint, undefined);
    for (const alert of upserts) this.#alerts.set(alert.fingerprint, alert);
    for (const notification of notifications) this.#notifications.set(notification.id, notification);
    if (this.#alerts.size + this.#notifications.size <= this.maxChanges) return;
    const since = this.#sinceMillis;
    this.clear();
    this.#areTooMany = true;
    this.#sinceMillis = since;
  }

  /** What has come since the last time, if anything has. */
  take(): Pending | undefined {
    if (this.#sinceMillis === undefined) return undefined;
    const alerts = [...this.#alerts];
    const pending: Pending = {
      sinceMillis: this.#sinceMillis,
      change: this.#areTooMany
        ? 'everything'
        : {
            upserts: alerts.flatMap(([, alert]) => (alert === undefined ? [] : [alert])),
            ended: alerts.flatMap(([fingerprint, alert]) => (alert === undefined ? [fingerprint] : [])),
            notifications: [...this.#notifications.values()],
          },
    };
    this.clear();
    return pending;
  }

  clear(): void {
    this.#alerts.clear();
    this.#notifications.clear();
    this.#areTooMany = false;
    this.#sinceMillis = undefined;
  }
}
