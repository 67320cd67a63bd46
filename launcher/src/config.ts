import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

import { z } from 'zod';

/** What the launcher reads from the environment; everything else is handed on to the programs as it is. */
const environmentSchema = z.object({
  TRACE_HOME: z.string().optional(),
  TRACE_BIN_DIR: z.string().optional(),
  TRACE_SKIP_BUILD: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  TRACE_LOGS_ROAD: z.string().optional(),
  TRACE_LOG_FORWARDER_URL: z.string().optional(),
  NO_COLOR: z.string().optional(),
  PATH: z.string().default(''),
});

export interface LauncherConfig {
  /** The checkout. */
  readonly root: string;
  /** All local state: data, logs, pids. TRACE_HOME, by default `.trace/` in the checkout. */
  readonly home: string;
  /** Downloaded and built programs, shared by every checkout of this user. */
  readonly cacheDirectory: string;
  /** A folder with programs of the user's own (TRACE_BIN_DIR). */
  readonly binDirectory: string | undefined;
  /** How the services' log records get to the Collector: TRACE_LOGS_ROAD, by default straight; not validated. */
  readonly logsRoad: string;
  /** Where `npm run logs:replay` finds the log forwarder, when that is not where npm start runs it. */
  readonly logForwarderUrl: string | undefined;
  /** TRACE_SKIP_BUILD: what is built is run as it is. A build moves what others that run from this checkout load. */
  readonly skipBuild: boolean;
  readonly path: readonly string[];
  /** False if NO_COLOR is set (https://no-color.org). */
  readonly color: boolean;
  /** As Node names it: linux-x64, linux-arm64, darwin-arm64. */
  readonly platform: string;
  /** Of Linux, `<ID>-<VERSION_ID>` of os-release(5): debian-12. */
  readonly distribution: string | undefined;
  /** The whole environment, for the programs that are started. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
}

/** Reads the environment once. An empty variable counts as not set. */
export function readConfig(root: string, environment: NodeJS.ProcessEnv = process.env): LauncherConfig {
  const env = environmentSchema.parse(environment);
  const cacheHome = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return Object.freeze({
    root,
    home: resolve(root, env.TRACE_HOME || '.trace'),
    cacheDirectory: join(cacheHome, 'trace'),
    binDirectory: env.TRACE_BIN_DIR ? resolve(root, env.TRACE_BIN_DIR) : undefined,
    logsRoad: env.TRACE_LOGS_ROAD || 'otlp',
    logForwarderUrl: env.TRACE_LOG_FORWARDER_URL || undefined,
    skipBuild: Boolean(env.TRACE_SKIP_BUILD),
    path: env.PATH.split(':').filter((directory) => directory !== ''),
    color: !env.NO_COLOR,
    platform: `${process.platform}-${process.arch}`,
    distribution: readDistribution('/etc/os-release'),
    environment: Object.freeze({ ...environment }),
  });
}

function readDistribution(file: string): string | undefined {
  try {
    const { ID = '', VERSION_ID = '' } = parseEnv(readFileSync(file, 'utf8'));
    return `${ID}-${VERSION_ID}`;
  } catch {
    return undefined;
  }
}
