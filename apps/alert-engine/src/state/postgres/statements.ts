import type { ClientBase } from 'pg';
import type { Notification } from '../../notify/notification';
import type { Alert } from '../alert';
import { readAlert, readNotification } from '../documents';
import type { Snapshot } from '../durable-state';
import { UnreadableRowError } from './postgres-error';

/** Of one statement, so that none takes long. */
const MAX_ROWS = 200;

/** @throws UnreadableRowError */
export async function readAll(client: ClientBase): Promise<Snapshot> {
  const alerts = await client.query<{ fingerprint: string; document: string }>(
    'SELECT fingerprint, document FROM alert_engine_alerts',
  );
  const notifications = await client.query<{ id: string; document: string }>(
    'SELECT id, document FROM alert_engine_notifications ORDER BY id',
  );
  return {
    alerts: alerts.rows.map(({ fingerprint, document }) =>
      read(`row ${fingerprint} of alert_engine_alerts`, () => readAlert(document)),
    ),
    notifications: notifications.rows.map(({ id, document }) =>
      read(`row ${id} of alert_engine_notifications`, () => readNotification(document)),
    ),
  };
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

function read<T>(row: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new UnreadableRowError(row);
  }
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += MAX_ROWS) yield items.slice(start, start + MAX_ROWS);
}
