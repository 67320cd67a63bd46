import type { BearerTokenSource } from './bearer-token';
import type { CallOptions, CallOutcome } from './export-call';
import type { ListenerEvents, ListenerOptions } from './listener';

export interface ReceiverOptions extends CallOptions, ListenerOptions {
  /** Bytes that all requests together may hold, from their first byte to their answer. */
  readonly maxInFlightBytes: number;
  readonly maxConcurrentStreamsPerConnection: number;
  /** A connection is pinged this often, and closed when the answer is not there by the next ping. */
  readonly keepaliveMillis: number;
  /**
   * After this, give or take a tenth, a connection takes no more requests and its client connects again (GOAWAY),
   * perhaps elsewhere. Without it connections live as long as their clients want.
   */
  readonly maxConnectionAgeMillis?: number;
  /** How long the requests of such a connection may still run; then they get UNAVAILABLE. Default 30 s. */
  readonly maxConnectionAgeGraceMillis?: number;
  /** What `authorization: Bearer` must carry; without it, anybody may send. */
  readonly bearerToken?: BearerTokenSource;
}

/** What a program may count. Called synchronously; must not throw. */
export interface ReceiverEvents extends ListenerEvents {
  /** Each Export request, once, when its answer is known. */
  onAnswered?(outcome: CallOutcome): void;
  /** The bearer token's file has changed, and was taken into use (no error) or not. */
  onTokenReload?(error?: Error): void;
}

/** An OTLP/gRPC server for the three Export services, whatever it is built on. */
export interface GrpcReceiver {
  /** Bytes of requests that are not yet answered. */
  readonly inFlightBytes: number;
  readonly connectionCount: number;
  /** When the certificate in use ends to be valid, milliseconds since the epoch; undefined without TLS. */
  readonly certificateNotAfterEpochMillis: number | undefined;

  /**
   * Listens. Rejects with Node's own error (EADDRINUSE, EACCES …), or that of a certificate or token that cannot
   * be used. The port is 0 on a Unix-domain socket.
   */
  start(): Promise<{ port: number }>;

  /**
   * Stops accepting, tells clients to go elsewhere (GOAWAY), waits for running requests to be answered; what
   * is left at the deadline gets UNAVAILABLE, which every OTLP client tries again. Connections that are new are told
   * with their first request, for which they have a second.
   */
  shutdown(deadlineMillis: number): Promise<void>;
}
