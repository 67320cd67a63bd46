import type { HttpReceiverOptions, ReceiverOptions } from '@trace/otlp';
import type { AlertEngineConfig } from '../config-schema';

/** Both receivers take the same limits; each has its own port, and counts its own bytes and connections. */
export function receiverOptions({
  receiveTimeout,
  keepalive,
  retryAfter,
  httpPort,
  ...ingest
}: AlertEngineConfig['ingest']): {
  readonly grpc: ReceiverOptions;
  readonly http: HttpReceiverOptions;
} {
  const grpc = {
    ...ingest,
    receiveTimeoutMillis: receiveTimeout,
    // A request is judged at once, so this is never reached.
    handlerTimeoutMillis: receiveTimeout,
    keepaliveMillis: keepalive,
    retryAfterMillis: retryAfter,
  };
  return { grpc, http: { ...grpc, port: httpPort } };
}
