import { dirname, resolve } from 'node:path';
import type { BearerTokenSource, ReceiverOptions, ServerTlsOptions } from '@trace/otlp';
import type { ReceiveConfig } from './receive-config';

/** An answer is due a little after the forwarder has given up, so that its word reaches the sender. */
const ANSWER_MARGIN_MILLIS = 1000;

/** The receiver's options; paths are relative to `file`, the configuration that names them. */
export function receiverOptions(
  { receive, forward }: { readonly receive: ReceiveConfig; readonly forward: { readonly timeout: number } },
  file: string,
): ReceiverOptions {
  const at = (path: string): string => resolve(dirname(file), path);
  return {
    host: receive.host,
    port: receive.port,
    maxReceiveBytes: receive.maxReceiveBytes,
    maxInFlightBytes: receive.maxInFlightBytes,
    maxConnections: receive.maxConnections,
    maxConcurrentStreamsPerConnection: receive.maxConcurrentStreamsPerConnection,
    receiveTimeoutMillis: receive.receiveTimeout,
    handshakeTimeoutMillis: receive.handshakeTimeout,
    handlerTimeoutMillis: forward.timeout + ANSWER_MARGIN_MILLIS,
    keepaliveMillis: receive.keepalive,
    retryAfterMillis: receive.retryAfter,
    maxConnectionAgeGraceMillis: receive.maxConnectionAgeGrace,
    ...(receive.maxConnectionAge !== undefined && { maxConnectionAgeMillis: receive.maxConnectionAge }),
    ...(receive.socket !== undefined && { socketPath: at(receive.socket) }),
    ...(receive.tls !== undefined && { tls: tlsOptions(receive.tls, at) }),
    ...(receive.bearerToken !== undefined && { bearerToken: tokenSource(receive.bearerToken, at) }),
  };
}

function tlsOptions(
  { certificate, key, clientCa, reloadInterval }: NonNullable<ReceiveConfig['tls']>,
  at: (path: string) => string,
): ServerTlsOptions {
  return {
    certificateFile: at(certificate),
    keyFile: at(key),
    reloadIntervalMillis: reloadInterval,
    ...(clientCa !== undefined && { clientCaFile: at(clientCa) }),
  };
}

function tokenSource(
  { file = '', token, reloadInterval }: NonNullable<ReceiveConfig['bearerToken']>,
  at: (path: string) => string,
): BearerTokenSource {
  return token === undefined ? { file: at(file), reloadIntervalMillis: reloadInterval } : { token };
}
