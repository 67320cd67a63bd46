import type { ClientBase, QueryResult } from 'pg';
import type { Notification } from '../../notify/notification';
import type { Alert } from '../alert';
import { readAlert, readNotification } from '../documents';
import type { Snapshot } from '../durable-state';
import { UnreadableRowError } from './postgres-error';

/**
 * Of one statement, so that none takes long. A notification may be of many alerts, and then has some 100 KiB; there may
 * be ten thousand that wait.
 */
const MAX_ROWS = 50;

interface Row {
  /** A bigint, too, is text. */
  readonly key: string;
  readonly document: string;
}

interface Table {
  readonly name: string;
  readonly key: 'fingerprint' | 'id';
  readonly keyType: 'text' | 'bigint';
}

const ALERTS: Table = { name: 'alert_engine_alerts', key: 'fingerprint', keyType: 'text' };
const NOTIFICATIONS: Table = { name: 'alert_engine_notifications', key: 'id', keyType: 'bigint' };

/** Of one moment only if the owner's row is locked. @throws UnreadableRowError */
export async function readAll(client: ClientBase): Promise<Snapshot> {
  return {
    alerts: await readTable(client, ALERTS, readAlert),
    notifications: await readTable(client, NOTIFICATIONS, readNotification),
  };
}

/** In the order of the key. */
async function readTable<T>(
  client: ClientBase,
  { name, key, keyType }: Table,
  parse: (document: string) => T,
): Promise<T[]> {
  const read: T[] = [];
  let last: string | undefined;
  for (;;) {
    const { rows }: QueryResult<Row> = await client.query<Row>(
      `SELECT ${key} AS key, document FROM ${name} WHERE $1::${keyType} IS NULL OR ${key} > $1::${keyType}
       ORDER BY ${key} LIMIT ${MAX_ROWS}`,
      [last],
    );
    for (const row of rows) read.push(readRow(`row ${row.key} of ${name}`, () => parse(row.document)));
    if (rows.length < MAX_ROWS) return read;
    last = rows.at(-1)?.key;
  }
}

export async function removeAll(client: ClientBase): Promise<void> {
  await client.query('DELETE FROM alert_engine_alerts');
  await client.query('DELETE FROM alert_engine_notifications');
}

export async function removeAlerts(client: ClientBase, fingerprints: readonly string[]): Promise<void> {
  if (fingerprints.length === 0) return;
  await client.query('DELETE FROM alert_engine_alerts WHERE fingerprint = ANY ($1)', [fingerprints]);
}

export async function upsertAlerts(client: ClientBase, alerts: readonly Alert[]): Promise<void> {
  // Two rules may make alerts with the same labels, and a statement may change a row only once.
  const byFingerprint = new Map(alerts.map((alert) => [alert.fingerprint, alert]));
  for (const rows of chunks([...byFingerprint.values()])) {
    await client.query(
      `INSERT INTO alert_engine_alerts (fingerprint, alertname, state, active_at_millis, fired_at_millis, document)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[])
       ON CONFLICT (fingerprint) DO UPDATE SET (alertname, state, active_at_millis, fired_at_millis, document) =
         (EXCLUDED.alertname, EXCLUDED.state, EXCLUDED.active_at_millis, EXCLUDED.fired_at_millis, EXCLUDED.document)`,
      [
        rows.map(({ fingerprint }) => fingerprint),
        rows.map(({ labels }) => labels.alertname ?? ''),
        rows.map(({ state }) => state),
        rows.map(({ activeAtMillis }) => activeAtMillis),
        rows.map(({ firedAtMillis }) => firedAtMillis ?? null),
        rows.map((alert) => JSON.stringify(alert)),
      ],
    );
  }
}

/** @param maxFinished that are kept, for those who want to look back */
export async function upsertNotifications(
  client: ClientBase,
  notifications: readonly Notification[],
  maxFinished: number,
): Promise<void> {
  for (const rows of chunks(notifications)) {
    await client.query(
      `INSERT INTO alert_engine_notifications (id, receiver, outcome, attempts, delivered_at_millis, document)
       SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::float8[], $6::text[])
       ON CONFLICT (id) DO UPDATE SET (receiver, outcome, attempts, delivered_at_millis, document) =
         (EXCLUDED.receiver, EXCLUDED.outcome, EXCLUDED.attempts, EXCLUDED.delivered_at_millis, EXCLUDED.document)`,
      [
        rows.map(({ id }) => id),
        rows.map(({ receiver }) => receiver),
        rows.map(({ outcome }) => outcome),
        rows.map(({ attempts }) => attempts),
        rows.map(({ deliveredAtEpochMillis }) => deliveredAtEpochMillis ?? null),
        rows.map((notification) => JSON.stringify(notification)),
      ],
    );
  }
  if (notifications.length === 0) return;
  await client.query(
    `DELETE FROM alert_engine_notifications WHERE outcome <> 'pending' AND id <= (
       SELECT id FROM alert_engine_notifications WHERE outcome <> 'pending' ORDER BY id DESC LIMIT 1 OFFSET $1)`,
    [maxFinished],
  );
}

function readRow<T>(row: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new UnreadableRowError(row);
  }
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += MAX_ROWS) yield items.slice(start, start + MAX_ROWS);
}
