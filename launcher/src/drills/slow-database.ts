import { Client } from 'pg';

import { LauncherError } from '../errors.ts';
import { gateway, users } from '../programs/apps.ts';
import type { Drill } from './drill.ts';
import type { DrillRun } from './runner/drill-run.ts';
import { owner, tracesWith } from './runner/evidence.ts';
import { sendRequest } from './runner/load.ts';
import { variableOf } from './runner/platform.ts';

/** `above` of the rule HighLatency. */
const thresholdMillis = 500;
/** Less than `users.database.queryTimeout`: a slow database, not one that is away. */
const lockedMillis = 800;
const freeMillis = 200;
const answerMillis = 5_000;

export const slowDatabase: Drill = {
  name: 'slow-database',
  summary: 'locks the table of the users for most of each second',
  durationSeconds: 25,
  alert: { alertname: 'HighLatency', service_name: 'users' },
  evidence: [
    owner,
    tracesWith(`a trace with a query of users that took more than ${thresholdMillis} ms`, (spans) => {
      const slow = spans.find(
        ({ resource, attributes, durationMillis }) =>
          resource['service.name'] === 'users' &&
          attributes['db.system.name'] === 'postgresql' &&
          durationMillis > thresholdMillis,
      );
      return slow && `${Math.round(slow.durationMillis)} ms`;
    }),
  ],
  needs: ['gateway', 'users', 'tempo'],
  precondition: async (run) => {
    const { body } = await sendRequest({ method: 'GET', url: `${users.address ?? ''}/health` });
    const { details } = body as { details?: { database?: unknown } };
    if (details?.database === undefined)
      throw new LauncherError(
        'platform',
        'users keeps its users in memory: npm stop, and start with DATABASE_URL=postgresql://user:password@host:5432/database npm start.',
      );
    databaseUrl(run);
  },
  load: () => ({ method: 'GET', url: `${gateway.address ?? ''}/api/v1/users?limit=5` }),
  begin: async (run) => {
    const database = new Client({
      connectionString: databaseUrl(run),
      application_name: 'drill',
      connectionTimeoutMillis: answerMillis,
      query_timeout: answerMillis,
    });
    // What breaks the connection fails the next query, which says it.
    database.on('error', () => undefined);
    run.cleanUp('unlocks the table', () => database.end());
    await database.connect();
    run.repeat(freeMillis, async (over) => {
      await database.query('BEGIN');
      await database.query('LOCK TABLE sample_users IN ACCESS EXCLUSIVE MODE');
      await run.context.clock.wait(lockedMillis, over);
      await database.query('COMMIT');
    });
  },
};

function databaseUrl({ context: { home, environment } }: DrillRun): string {
  const url = variableOf(home, users.name, 'DATABASE_URL', environment);
  if (url !== undefined) return url;
  throw new LauncherError(
    'platform',
    'which database users has is not known here: set DATABASE_URL for this command, too.',
  );
}
