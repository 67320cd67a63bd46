// First, before the SDK loads some of the packages that this looks for.
import { preloaded } from './preloaded';
import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { getResourceDetectors } from '@opentelemetry/auto-instrumentations-node';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions';
import { loadTelemetryConfig } from './config';
import { FailureReporter } from './failure-reporter';
import { flushOnExit } from './flush-on-exit';
import { withServerStatus } from './grpc-server-status';
import { createInstrumentations } from './instrumentations';
import { LogsRoadProcessor } from './logs-road/logs-road-processor';

export interface TelemetryOptions {
  /** `service.name` when neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES sets it. */
  readonly serviceName?: string;
  /** `service.namespace` when OTEL_RESOURCE_ATTRIBUTES does not set it. */
  readonly serviceNamespace?: string;
  /** `service.version` when OTEL_RESOURCE_ATTRIBUTES does not set it. */
  readonly serviceVersion?: string;
  /** HTTP paths that make no spans, beside those of TRACE_UNTRACED_PATHS. */
  readonly untracedPaths?: readonly string[];
  /**
   * Packages whose auto-instrumentation is off because the service makes those spans itself, by the
   * name that follows `instrumentation-`, e.g. `amqplib`.
   */
  readonly tracedByHand?: readonly string[];
  /** True: its log records go to the Collector whatever TRACE_LOGS_ROAD says; for what is itself part of that road. */
  readonly logsStraight?: boolean;
}

export interface Telemetry {
  /**
   * Sends what is still queued and stops. Never rejects, and takes no longer than
   * `deadlineMillis` (default 5000), whether the Collector answers or not.
   */
  shutdown(deadlineMillis?: number): Promise<void>;
}

const SHUTDOWN_DEADLINE_MILLIS = 5000;

let started: Telemetry | undefined;

/**
 * Starts traces, metrics and logs over OTLP (http/protobuf to localhost:4318 unless the standard
 * OTEL_* variables say otherwise). Must run before Nest, Express, gRPC or pino are loaded. A second
 * call returns what the first one started.
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  started ??= start(options);
  return started;
}

function start(options: TelemetryOptions): Telemetry {
  const config = loadTelemetryConfig();
  if (config.disabled) return { shutdown: () => Promise.resolve() };

  const failures = new FailureReporter((line) => process.stderr.write(line));
  if (!config.sdkLogsItself) {
    diag.setLogger(failures, { logLevel: DiagLogLevel.WARN });
    setGlobalErrorHandler(failures.exportFailed);
  }
  for (const problem of config.problems) diag.warn(problem);
  for (const name of preloaded) {
    diag.warn(`${name} was loaded before the telemetry: load @trace/telemetry/register first`);
  }

  const instrumentations = createInstrumentations(
    [...config.untracedPaths, ...(options.untracedPaths ?? [])],
    options.tracedByHand ?? [],
  );
  const sdk = new NodeSDK({
    instrumentations,
    resource: defaultResource().merge(resourceOf(options)),
    resourceDetectors: getResourceDetectors(),
    ...(config.logsRoadUrl === undefined || options.logsStraight === true
      ? {}
      : {
          logRecordProcessors: [
            new LogsRoadProcessor(config.logsRoadUrl, options.serviceName ?? 'telemetry', config.logBatch),
          ],
        }),
  });
  sdk.start();
  instrumentations
    .find(({ instrumentationName }) => instrumentationName === '@opentelemetry/instrumentation-grpc')
    ?.setTracerProvider(withServerStatus(trace.getTracerProvider()));

  let stopped: Promise<void> | undefined;
  const telemetry: Telemetry = {
    shutdown(deadlineMillis = SHUTDOWN_DEADLINE_MILLIS) {
      stopped ??= stop(sdk, failures, deadlineMillis);
      return stopped;
    },
  };
  flushOnExit(process, () => telemetry.shutdown());
  return telemetry;
}

function resourceOf(options: TelemetryOptions): ReturnType<typeof resourceFromAttributes> {
  return resourceFromAttributes({
    ...(options.serviceName === undefined ? {} : { [ATTR_SERVICE_NAME]: options.serviceName }),
    ...(options.serviceNamespace === undefined ? {} : { [ATTR_SERVICE_NAMESPACE]: options.serviceNamespace }),
    ...(options.serviceVersion === undefined ? {} : { [ATTR_SERVICE_VERSION]: options.serviceVersion }),
  });
}

async function stop(sdk: NodeSDK, failures: FailureReporter, deadlineMillis: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the last telemetry could not be sent within ${deadlineMillis} ms`));
    }, deadlineMillis);
  });
  try {
    await Promise.race([sdk.shutdown(), deadline]);
  } catch (error) {
    failures.exportFailed(error);
  } finally {
    clearTimeout(timer);
    failures.stop();
  }
}
