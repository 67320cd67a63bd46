/**
 * One entry for each version of the schema; `schema_version` says how many have been run. The tables are named so that
 * they are nobody else's. Documents are text: jsonb would refuse a NUL, which may come in telemetry.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- Alerts that are pending or firing. The document is what the program works with; the columns are for people.
  CREATE TABLE alert_engine_alerts (
    fingerprint text PRIMARY KEY,
    alertname text NOT NULL,
    state text NOT NULL,
    active_at_millis double precision NOT NULL,
    fired_at_millis double precision,
    document text NOT NULL
  );

  -- What receivers are to be told, and were told of late.
  CREATE TABLE alert_engine_notifications (
    id bigint PRIMARY KEY,
    receiver text NOT NULL,
    outcome text NOT NULL,
    attempts integer NOT NULL,
    delivered_at_millis double precision,
    document text NOT NULL
  );
  CREATE INDEX alert_engine_notifications_outcome ON alert_engine_notifications (outcome, id);
  `,
];
