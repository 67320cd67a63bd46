import { byteSize, databaseUrl, duration } from '@trace/runtime';
import { z } from 'zod';

const host = z.string().min(1);
const port = z.int().min(0).max(65_535);
const count = (max: number): z.ZodInt => z.int().min(1).max(max);
const positive = (): z.ZodType<number, string> =>
  duration().refine((millis) => millis > 0, { error: 'a duration above 0' });
export const httpUrl = z.url({ protocol: /^https?$/, error: 'an http or https URL' });

/** Of a setting that is often a reference to the environment, nothing is as good as none. */
const orNothing = <T extends z.ZodType>(value: T): z.ZodPreprocess<z.ZodOptional<T>> =>
  z.preprocess((given) => (given === '' ? undefined : given), value.optional());
/** RFC 6750, section 2.1. */
const apiToken = z.string().regex(/^[\w\-.~+/]{16,}=*$/, {
  error: 'a token of at least 16 letters, digits and - . _ ~ + /, without spaces or line breaks',
});

/** What the comments in config/alert-engine.yaml describe. Times are milliseconds, sizes bytes. */
export const configSchema = z.strictObject({
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') })
    .prefault({}),
  http: z
    .strictObject({
      host: host.default('127.0.0.1'),
      port: port.default(8090),
      externalUrl: httpUrl.optional(),
      apiToken: orNothing(apiToken),
    })
    .prefault({}),
  ingest: z
    .strictObject({
      host: host.default('127.0.0.1'),
      port: port.default(4329),
      httpPort: port.default(4330),
      maxReceiveBytes: byteSize().prefault('64MiB'),
      maxInFlightBytes: byteSize().prefault('128MiB'),
      maxConnections: count(10_000).default(1000),
      maxConcurrentStreamsPerConnection: count(10_000).default(100),
      receiveTimeout: positive().prefault('30s'),
      keepalive: positive().prefault('30s'),
      retryAfter: positive().prefault('1s'),
      maxNesting: count(100).default(32),
      maxAttributes: count(100_000).default(256),
      maxAttributeBytes: count(65_536).default(1024),
    })
    .prefault({}),
  evaluate: z
    .strictObject({
      rules: z.array(z.string().min(1)).default(['rules/sample-services.yaml', 'rules/platform.yaml']),
      interval: positive().prefault('1s'),
      maxGroupsPerRule: count(100_000).default(1000),
      maxDedupSpans: count(100_000_000).default(500_000),
      maxClockSkew: duration().prefault('10s'),
      prometheus: z
        .strictObject({
          url: httpUrl.default('http://127.0.0.1:9090'),
          timeout: positive().prefault('5s'),
          maxAnswerBytes: byteSize().prefault('4MiB'),
        })
        .prefault({}),
    })
    .prefault({}),
  state: z
    .strictObject({
      file: z.string().min(1).optional(),
      database: z
        .strictObject({
          url: databaseUrl('TRACE_ALERT_DATABASE_URL').prefault(''),
          connectTimeout: positive().prefault('5s'),
          queryTimeout: positive().prefault('5s'),
        })
        .prefault({}),
      retryInterval: positive().prefault('5s'),
      maxFinishedNotifications: count(100_000).default(500),
    })
    .prefault({}),
  receivers: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        webhook: z.strictObject({ url: httpUrl }),
        sendResolved: z.boolean().default(true),
      }),
    )
    .default([]),
  route: z
    .strictObject({
      receivers: z.array(z.string()).default([]),
      groupBy: z.array(z.string()).default(['alertname', 'service_name']),
    })
    .prefault({}),
  notify: z
    .strictObject({
      timeout: positive().prefault('5s'),
      maxConcurrentPerReceiver: count(1000).default(16),
      maxQueuedPerReceiver: count(1_000_000).default(10_000),
      initialBackOff: positive().prefault('250ms'),
      maxBackOff: positive().prefault('1m'),
      giveUpAfter: positive().prefault('1h'),
      maxAlertsPerNotification: count(10_000).default(100),
    })
    .prefault({}),
  heartbeat: z
    .strictObject({
      url: orNothing(httpUrl),
      interval: positive().prefault('1m'),
      timeout: positive().prefault('10s'),
      maxUnansweredQueries: duration().prefault('5m'),
    })
    .prefault({}),
  shutdown: z.strictObject({ drain: positive().prefault('5s') }).prefault({}),
});

export type AlertEngineConfig = z.output<typeof configSchema>;
