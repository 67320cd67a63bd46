import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Notification } from '../../notify/notification';
import type { Alert } from '../alert';
import { readAlert, readNotification } from '../documents';
import type { Change, Snapshot } from '../durable-state';
import { NewerSchemaError } from '../newer-schema-error';
import { MIGRATIONS } from './migrations';

const BUSY_TIMEOUT_MILLIS = 2000;

/**
 * The state in one SQLite file. Every method throws what SQLite throws (see sqlite-error.ts).
 *
 * WAL with synchronous=NORMAL: a commit survives the end of the process, however it ends, without waiting for
 * the disk. A power failure may take the last commits, never the file.
 */
export class SqliteStore {
  readonly #database: DatabaseSync;
  readonly #upsertAlert: StatementSync;
  readonly #deleteAlert: StatementSync;
  readonly #upsertNotification: StatementSync;
  readonly #prune: StatementSync;

  constructor(
    file: string,
    /** Finished notifications that are kept, for those who want to look back. */
    private readonly maxFinished: number,
  ) {
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MILLIS });
    try {
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      this.#migrate();
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#upsertAlert = this.#database.prepare(
      'INSERT OR REPLACE INTO alerts VALUES (:fingerprint, :alertname, :state, :activeAt, :firedAt, :document)',
    );
    this.#deleteAlert = this.#database.prepare('DELETE FROM alerts WHERE fingerprint = ?');
    this.#upsertNotification = this.#database.prepare(
      'INSERT OR REPLACE INTO notifications VALUES (:id, :receiver, :outcome, :attempts, :deliveredAt, :document)',
    );
    this.#prune = this.#database.prepare(
      `DELETE FROM notifications WHERE outcome <> 'pending' AND id <= (
         SELECT id FROM notifications WHERE outcome <> 'pending' ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    );
  }

  load(): Snapshot {
    const alerts = this.#database.prepare('SELECT document FROM alerts').all();
    const notifications = this.#database.prepare('SELECT document FROM notifications ORDER BY id').all();
    return {
      alerts: alerts.map((row) => readAlert(row.document)),
      notifications: notifications.map((row) => readNotification(row.document)),
    };
  }

  write(change: Change): void {
    this.#transaction(() => {
      for (const fingerprint of change.ended) this.#deleteAlert.run(fingerprint);
      this.#insert(change.upserts, change.notifications);
    });
  }

  /** Puts this in place of all that is there. */
  replace(snapshot: Snapshot): void {
    this.#transaction(() => {
      this.#database.exec('DELETE FROM alerts; DELETE FROM notifications;');
      this.#insert(snapshot.alerts, snapshot.notifications);
    });
  }

  /**
   * Writes the file without changing it, by a value that stands in it already: nothing but an attempt tells whether
   * it can be written. A table for this would be a schema that the version before could not read after a rollback.
   */
  probe(): void {
    this.#transaction(() => {
      this.#database.exec(`PRAGMA user_version = ${MIGRATIONS.length};`);
    });
  }

  close(): void {
    this.#database.close();
  }

  #insert(alerts: readonly Alert[], notifications: readonly Notification[]): void {
    for (const alert of alerts) {
      this.#upsertAlert.run({
        fingerprint: alert.fingerprint,
        alertname: alert.labels.alertname ?? '',
        state: alert.state,
        activeAt: alert.activeAtMillis,
        firedAt: alert.firedAtMillis ?? null,
        document: JSON.stringify(alert),
      });
    }
    for (const notification of notifications) {
      this.#upsertNotification.run({
        id: notification.id,
        receiver: notification.receiver,
        outcome: notification.outcome,
        attempts: notification.attempts,
        deliveredAt: notification.deliveredAtEpochMillis ?? null,
        document: JSON.stringify(notification),
      });
    }
    if (notifications.length > 0) this.#prune.run(this.maxFinished);
  }

  #migrate(): void {
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
    if (version > MIGRATIONS.length) throw new NewerSchemaError(version);
    for (const [index, migration] of [...MIGRATIONS.entries()].slice(version)) {
      this.#transaction(() => {
        this.#database.exec(`${migration}; PRAGMA user_version = ${index + 1};`);
      });
    }
  }

  #transaction(write: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk ends the transaction by itself; there is nothing to roll back then.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}
