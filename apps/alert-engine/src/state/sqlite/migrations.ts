/** One entry for each version of the schema; `PRAGMA user_version` says how many have been run. */
export const MIGRATIONS: readonly string[] = [
  `
  -- Alerts that are pending or firing. The document is what the program works with; the columns are for people.
  CREATE TABLE alerts (
    fingerprint TEXT PRIMARY KEY,
    alertname TEXT NOT NULL,
    state TEXT NOT NULL,
    active_at_millis REAL NOT NULL,
    fired_at_millis REAL,
    document TEXT NOT NULL
  ) STRICT;

  -- What receivers are to be told, and were told of late.
  CREATE TABLE notifications (
    id INTEGER PRIMARY KEY,
    receiver TEXT NOT NULL,
    outcome TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    delivered_at_millis REAL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notifications_outcome ON notifications (outcome, id);
  `,
];
