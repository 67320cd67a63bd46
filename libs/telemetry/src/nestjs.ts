// Import after the SDK has started, like everything that loads Nest.
export { grpcMessageBytes, withMessageSizes } from './request-log/grpc-message-sizes';
export type { BodyOptions, RequestLogOptions } from './request-log/options';
export {
  RequestLogInterceptor,
  type LoggedMessage,
  type LoggedMessageContext,
} from './request-log/request-log.interceptor';
export { TelemetryModule } from './request-log/telemetry.module';
