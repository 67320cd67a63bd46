import type { BatchLimits } from './logs-road/logs-road-processor';

/**
 * Where our defaults differ from the SDK's. Each holds only when the variable is not set.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  // An alert can be no quicker than the span that causes it (milliseconds; the SDK has 5000 and 1000).
  OTEL_BSP_SCHEDULE_DELAY: '500',
  OTEL_BLRP_SCHEDULE_DELAY: '500',
  // Milliseconds; the SDK has 60000, which leaves a gap on every graph after a restart.
  OTEL_METRIC_EXPORT_INTERVAL: '10000',
  // Local ones only: those of the clouds ask metadata addresses, and hang where there are none.
  // `env` is last, so that OTEL_RESOURCE_ATTRIBUTES wins over what was detected.
  OTEL_NODE_RESOURCE_DETECTORS: 'container,host,os,process,serviceinstance,env',
  // `otel.sdk.*`: counts what a full queue or a failed export lost, by `error.type`.
  OTEL_NODE_EXPERIMENTAL_SDK_METRICS: 'true',
};

export const LOGS_ROADS = ['otlp', 'jetstream'] as const;
const DEFAULT_LOGS_ROAD_URL = 'nats://127.0.0.1:4222';

const DEFAULT_UNTRACED_PATHS = ['/health', '/healthz', '/readyz', '/metrics'];

export interface TelemetryConfig {
  /** OTEL_SDK_DISABLED. */
  readonly disabled: boolean;
  /** OTEL_LOG_LEVEL is set: the SDK then prints its own diagnostics, and we stay out of its way. */
  readonly sdkLogsItself: boolean;
  /** TRACE_UNTRACED_PATHS, a comma-separated list; set it to an empty string to trace every path. */
  readonly untracedPaths: readonly string[];
  /** TRACE_LOGS_ROAD_URL when TRACE_LOGS_ROAD is `jetstream` and OTEL_LOGS_EXPORTER asks for nothing else. */
  readonly logsRoadUrl: URL | undefined;
  /** The OTEL_BLRP_* variables. */
  readonly logBatch: BatchLimits;
  /** What cannot be meant, one line each; the defaults hold instead. */
  readonly problems: readonly string[];
}

/**
 * Fills in our defaults and reads what is not the SDK's own. The SDK takes its settings from the
 * environment and from nowhere else, so that is where the defaults go.
 */
export function loadTelemetryConfig(env: NodeJS.ProcessEnv = process.env): TelemetryConfig {
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if ((env[name] ?? '') === '') env[name] = value;
  }
  const problems: string[] = [];
  return {
    disabled: env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true',
    sdkLogsItself: (env.OTEL_LOG_LEVEL ?? '') !== '',
    untracedPaths:
      env.TRACE_UNTRACED_PATHS?.split(',')
        .map((path) => path.trim())
        .filter((path) => path !== '') ?? DEFAULT_UNTRACED_PATHS,
    logsRoadUrl: logsRoadUrl(env, problems),
    logBatch: {
      maxQueueSize: positive(env.OTEL_BLRP_MAX_QUEUE_SIZE),
      maxExportBatchSize: positive(env.OTEL_BLRP_MAX_EXPORT_BATCH_SIZE),
      scheduledDelayMillis: positive(env.OTEL_BLRP_SCHEDULE_DELAY),
      exportTimeoutMillis: positive(env.OTEL_BLRP_EXPORT_TIMEOUT),
    },
    problems,
  };
}

function logsRoadUrl(env: NodeJS.ProcessEnv, problems: string[]): URL | undefined {
  const road = env.TRACE_LOGS_ROAD?.trim() || 'otlp';
  if (!LOGS_ROADS.some((known) => known === road)) {
    problems.push(`TRACE_LOGS_ROAD: got "${road}", expected one of ${LOGS_ROADS.join(', ')}; otlp is taken`);
    return undefined;
  }
  const exporter = env.OTEL_LOGS_EXPORTER?.trim() || 'otlp';
  if (road === 'otlp' || exporter !== 'otlp') return undefined;
  const text = env.TRACE_LOGS_ROAD_URL?.trim() || DEFAULT_LOGS_ROAD_URL;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'nats:' && url.hostname !== '') return url;
  // Not what was got: a password may be in it.
  problems.push('TRACE_LOGS_ROAD_URL: expected nats://host:port; logs are sent to the Collector');
  return undefined;
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text?.trim() || NaN);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
