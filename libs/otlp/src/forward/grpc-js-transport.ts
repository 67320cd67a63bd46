import { Client, Metadata, type ServiceError, compressionAlgorithms, credentials } from '@grpc/grpc-js';
import { EXPORT_PATHS, type Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { STATUS_DETAILS_TRAILER } from '../status/status-details';
import { errorOfStatus } from './grpc-answer';
import { INITIAL_RECONNECT_MILLIS, type Transport, type TransportOptions } from './transport';

/** The reference: what node:http2 does here must be what the gRPC library does. */
export class GrpcJsTransport implements Transport {
  readonly #client: Client;

  constructor(private readonly options: TransportOptions) {
    const { tls } = options;
    const { ca, cert, key, serverName } = tls?.() ?? {};
    const pem = (text: string | Buffer | undefined): Buffer | null =>
      text === undefined ? null : Buffer.from(text);
    this.#client = new Client(
      options.endpoint,
      tls ? credentials.createSsl(pem(ca), pem(key), pem(cert)) : credentials.createInsecure(),
      {
        ...(serverName !== undefined && { 'grpc.ssl_target_name_override': serverName }),
        ...(options.compression === 'gzip' && {
          'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
        }),
        'grpc.keepalive_time_ms': options.keepaliveMillis,
        'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMillis,
        'grpc.initial_reconnect_backoff_ms': INITIAL_RECONNECT_MILLIS,
        'grpc.max_reconnect_backoff_ms': options.maxReconnectMillis,
        'grpc.max_receive_message_length': options.maxResponseBytes,
        'grpc.max_send_message_length': -1,
        // The sender keeps the data and tries again; a second buffer here would only hide that.
        'grpc.enable_retries': 0,
        'grpc.enable_http_proxy': 0,
        'grpc.service_config_disable_resolution': 1,
        'grpc.use_local_subchannel_pool': 1,
        'grpc.enable_channelz': 0,
      },
    );
  }

  call(signal: Signal, message: Uint8Array, timeoutMillis: number): Promise<Buffer> {
    const deadline = Date.now() + timeoutMillis;
    const metadata = new Metadata();
    const { bearerToken, endpoint } = this.options;
    if (bearerToken) metadata.set('authorization', `Bearer ${bearerToken()}`);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        EXPORT_PATHS[signal],
        asBuffer,
        asIs,
        message,
        metadata,
        { deadline },
        (error, response) => {
          if (error) reject(fromServiceError(error, endpoint));
          else resolve(response ?? Buffer.alloc(0));
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

/**
 * grpc-js's words where it made the status up because the stream ended without one (subchannel-call.js …; its
 * errors have no other mark). Whatever code it chose, INTERNAL mostly, nobody answered, and that is worth
 * another try.
 */
const NO_ANSWER = new RegExp(
  '^(Received RST_STREAM with code|Received HTTP status code|No status information received|' +
    'Bandwidth exhausted|Failed to start HTTP/2 stream|Failed to write message|Write error)',
);

function fromServiceError(error: ServiceError, endpoint: string): OtlpError {
  if (NO_ANSWER.test(error.details)) return new OtlpError('UNAVAILABLE', error.details, { cause: error });
  const details = error.metadata.get(STATUS_DETAILS_TRAILER)[0];
  // grpc-js says nothing while it waits to connect again.
  const message = error.details || `no answer from ${endpoint}`;
  return errorOfStatus(error.code, message, Buffer.isBuffer(details) ? details : undefined, error);
}

function asBuffer(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function asIs(response: Buffer): Buffer {
  return response;
}
