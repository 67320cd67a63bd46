// Nothing here may load Nest, Express, gRPC or pino: the SDK has to start before they are loaded.
// The logger therefore has an entry of its own, `@trace/telemetry/logging`.
export { activeTraceId, outsideOfTrace, recordFailure } from './active-span';
export { LOGS_STREAM, logsSubjectOf } from './logs-road/logs-subject';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './start';
export {
  MessagingTracer,
  type MessageFacts,
  type MessagingPeer,
  type ProcessSpan,
  type TraceHeaders,
} from './messaging';
