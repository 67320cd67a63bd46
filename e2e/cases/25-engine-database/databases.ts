import { Client } from 'pg';
import type { ServerProcess } from '../../support/server-process.ts';
import { postgresUrl, preparePostgres } from '../../support/servers.ts';
import { eventually } from '../../support/wait.ts';

/** A real PostgreSQL, and as many databases in it as are asked for. */
export class Databases {
  #made = 0;

  private constructor(readonly server: ServerProcess) {}

  static async start(): Promise<Databases> {
    const databases = new Databases(await preparePostgres());
    await databases.startServer();
    return databases;
  }

  /** It takes connections a moment before it takes queries. */
  async startServer(): Promise<void> {
    await this.server.start();
    await eventually('a connection', () => query(postgresUrl(this.server), 'SELECT'), {
      timeoutMillis: 60_000,
    });
  }

  /** The URL of a new one, which is empty. */
  async create(): Promise<string> {
    this.#made += 1;
    const name = `engine_${this.#made}`;
    await query(postgresUrl(this.server), `CREATE DATABASE ${name}`);
    return this.urlOf(name);
  }

  urlOf(name: string): string {
    const url = new URL(postgresUrl(this.server));
    url.pathname = name;
    return url.href;
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

/** Asks one thing over a connection of its own. */
export async function query(
  connectionString: string,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  // Of a server that is killed; the query says so.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Nobody writes the state until the result is called. */
export async function locked(
  connectionString: string,
  lock = 'SELECT FROM alert_engine_owner FOR UPDATE',
): Promise<() => Promise<void>> {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query(`BEGIN; ${lock}`);
  return () => client.end();
}

/** Everything that is stored, with who owns it. */
export async function everythingIn(url: string): Promise<Record<string, unknown>[][]> {
  return Promise.all(
    ['alert_engine_owner', 'alert_engine_alerts', 'alert_engine_notifications'].map((table) =>
      query(url, `SELECT * FROM ${table} ORDER BY 1`),
    ),
  );
}

/** Who owns what is stored, and since when. */
export async function ownerIn(url: string): Promise<Record<string, unknown> | undefined> {
  return (await query(url, 'SELECT epoch, engine FROM alert_engine_owner'))[0];
}

/** The services whose alert is stored. */
export async function servicesIn(url: string): Promise<string[]> {
  const rows = await query(url, 'SELECT document FROM alert_engine_alerts');
  return rows
    .map(({ document }) => (JSON.parse(String(document)) as { labels: { service_name: string } }).labels)
    .map(({ service_name: service }) => service)
    .sort();
}

/** How many notifications are stored with each outcome. */
export async function outcomesIn(url: string): Promise<Record<string, number>> {
  const rows = await query(
    url,
    'SELECT outcome, count(*)::int AS count FROM alert_engine_notifications GROUP BY outcome',
  );
  return Object.fromEntries(rows.map(({ outcome, count }) => [String(outcome), Number(count)]));
}
