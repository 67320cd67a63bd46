import { join } from 'node:path';
import { byteSize, ConfigError, configProblem, databaseUrl, duration, loadYamlConfig } from '@trace/runtime';
import { z } from 'zod';
import { standingFaultSchema } from './faults/fault';
import { brokerUrl, natsUrl } from './messaging/broker-url';
import { givenRole, isRole, ROLES, type Role } from './role/config';
import { collectorUrl } from './roles/log-forwarder/collector-link';
import { cacheUrl } from './roles/users/store-url';

const address = z.string().regex(/^[^:/\s]+:\d{1,5}$/, 'host:port');
const listen = z.strictObject({ host: z.string().min(1), port: z.int().min(0).max(65_535) });
const weight = z.number().min(0);
const span = z
  .strictObject({ min: duration(), max: duration() })
  .refine(({ min, max }) => min <= max, 'min that is not above max');

export const schema = z.strictObject({
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  faults: z.strictObject({
    allowRemote: z.boolean(),
    seed: z.int().min(0).optional(),
    standing: z.array(standingFaultSchema).max(100),
  }),
  requestLog: z.strictObject({
    contentTypes: z.array(z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'a media type, e.g. application/json')),
    maxBytes: byteSize(),
    maskedFields: z.array(z.string().min(1)),
  }),
  gateway: z.strictObject({
    http: listen,
    maxBody: byteSize(),
    usersAddress: address,
    ordersAddress: address,
    callTimeout: duration(),
  }),
  users: z.strictObject({
    http: listen,
    grpc: listen,
    maxUsers: z.int().min(1).max(100_000),
    seedUsers: z.int().min(0).max(10_000),
    database: z.strictObject({
      url: databaseUrl('DATABASE_URL'),
      maxConnections: z.int().min(1).max(100),
      connectTimeout: duration(),
      queryTimeout: duration(),
      maxReconnectDelay: duration(),
    }),
    cache: z.strictObject({
      url: cacheUrl(),
      ttl: duration(),
      connectTimeout: duration(),
      commandTimeout: duration(),
      maxReconnectDelay: duration(),
    }),
  }),
  orders: z.strictObject({ http: listen, grpc: listen, usersAddress: address, callTimeout: duration() }),
  payments: z.strictObject({
    http: listen,
    answerTimeout: duration(),
    processing: span,
    maxQuantity: z.int().min(1),
  }),
  broker: z.strictObject({
    url: brokerUrl(),
    publishTimeout: duration(),
    messageTtl: duration(),
    retryDelay: duration(),
    maxMessages: z.int().min(1).max(100_000_000),
    deadLetterTtl: duration(),
    maxDeadLetters: z.int().min(1).max(10_000),
    maxReconnectDelay: duration(),
  }),
  producer: z.strictObject({ http: listen, maxBody: byteSize(), maxInFlight: z.int().min(1).max(10_000) }),
  consumer: z.strictObject({
    http: listen,
    maxConcurrent: z.int().min(1).max(1000),
    processing: z.strictObject({ high: span, normal: span, low: span }),
  }),
  logSimulator: z.strictObject({ http: listen, file: z.string().min(1) }),
  logForwarder: z.strictObject({
    http: listen,
    url: natsUrl(),
    maxReconnectDelay: duration(),
    stream: z.strictObject({ maxAge: duration(), maxBytes: byteSize() }),
    maxAckPending: z.int().min(1).max(10_000),
    batch: z.strictObject({
      maxRecords: z.int().min(1).max(100_000),
      maxBytes: byteSize(),
      flushInterval: duration(),
    }),
    collector: z.strictObject({
      endpoint: collectorUrl(),
      timeout: duration(),
      maxRetryDelay: duration(),
    }),
  }),
  load: z.strictObject({
    target: z.url(),
    requestsPerSecond: z.number().positive().max(1000),
    maxInFlight: z.int().min(1).max(10_000),
    timeout: duration(),
    mix: z.strictObject({
      listUsers: weight,
      getUser: weight,
      createUser: weight,
      updateUser: weight,
      deleteUser: weight,
      createOrder: weight,
      missingUser: weight,
      serverError: weight,
    }),
  }),
});

/** Durations in milliseconds, sizes in bytes. */
export type Config = z.output<typeof schema>;

const DEFAULT_FILE = join(__dirname, '../config/sim-service.yaml');

/** @throws ConfigError */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): { config: Config; file: string } {
  const given = env.TRACE_SIM_SERVICE_CONFIG ?? '';
  const file = given === '' ? DEFAULT_FILE : given;
  return { config: loadYamlConfig(file, schema, env), file };
}

/** Without what is for other roles. */
export function settingsOf(config: Config, role: Role): Partial<Config> {
  const sections = ROLES.filter((one) => one !== role).map(sectionOf);
  return Object.fromEntries(Object.entries(config).filter(([key]) => !sections.includes(key)));
}

/** `log-simulator` → `logSimulator` */
function sectionOf(role: Role): string {
  return role.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** @throws ConfigError when there is no role, or no such role. */
export function loadRole(): Role {
  const role = givenRole();
  if (isRole(role)) return role;
  const expected = `one of ${ROLES.join(', ')} as the first argument or in TRACE_ROLE`;
  throw new ConfigError([configProblem('command line', 'role', role, expected, ROLES)]);
}
