import { chownSync, cpSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ServerCommand, ServerProcess } from './server-process.ts';

/** In no log, no span and no answer. */
export const PASSWORDS = { postgres: 'postgres-pass-4711', redis: 'redis-pass-0815' } as const;

/** `nobody` of Debian, where the servers' packages come from. */
const NOBODY = { uid: 65_534, gid: 65_534 };

export const postgresIsMissing = process.env.TRACE_MISSING_POSTGRESQL !== undefined;

const missing = [process.env.TRACE_MISSING_POSTGRESQL, process.env.TRACE_MISSING_REDIS_SERVER].find(
  (reason) => reason !== undefined,
);
if (missing !== undefined) console.warn(`Skipped: ${missing}`);

/** Where PostgreSQL and Redis can be had; elsewhere skipped, and the reason is printed. */
export const describeWithServers = missing === undefined ? describe : describe.skip;

export function preparePostgres(): Promise<ServerProcess> {
  return ServerProcess.prepare((folder, port) => ({
    ...unprivileged(executableIn('TRACE_BIN_POSTGRESQL'), folder),
    args: ['-c', 'fsync=off', '-c', 'max_prepared_transactions=1'],
    data: join(folder, 'data'),
    env: { PGDATA: join(folder, 'data'), PGPORT: String(port), PGPASSWORD: PASSWORDS.postgres },
  }));
}

export function prepareRedis(): Promise<ServerProcess> {
  return ServerProcess.prepare((folder, port) => ({
    executable: executableIn('TRACE_BIN_REDIS_SERVER'),
    args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--requirepass', PASSWORDS.redis],
    env: {},
    data: folder,
  }));
}

export function postgresUrl({ port }: ServerProcess): string {
  return `postgresql://trace:${PASSWORDS.postgres}@127.0.0.1:${port}/postgres`;
}

export function redisUrl({ port }: ServerProcess): string {
  return `redis://:${PASSWORDS.redis}@127.0.0.1:${port}`;
}

/** PostgreSQL refuses to run as root; and whom it runs as then cannot read root's cache. */
function unprivileged(executable: string, folder: string): Pick<ServerCommand, 'executable' | 'user'> {
  if (process.getuid?.() !== 0) return { executable };
  chownSync(folder, NOBODY.uid, NOBODY.gid);
  const copy = join(folder, 'program');
  cpSync(dirname(executable), copy, { recursive: true, verbatimSymlinks: true });
  return { executable: join(copy, basename(executable)), user: NOBODY };
}

function executableIn(variable: string): string {
  const executable = process.env[variable];
  if (executable === undefined) throw new Error(`${variable} is not set`);
  return executable;
}
