import { type ExportHandler, OtlpForwarder, createReceiver, encodeBytesField } from '@trace/otlp';

const MEBIBYTE = 1024 * 1024;

export interface Downstream {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** An OTLP server that answers as the test wants, on a free port or at the path of a socket. */
export async function startDownstream(handler: ExportHandler, socketPath?: string): Promise<Downstream> {
  const receiver = createReceiver(
    'http2', // the forwarder's own HTTP/2 is not its only judge
    {
      host: '127.0.0.1',
      port: 0,
      ...(socketPath !== undefined && { socketPath }),
      maxReceiveBytes: 80 * MEBIBYTE,
      maxInFlightBytes: 512 * MEBIBYTE,
      maxConnections: 100,
      maxConcurrentStreamsPerConnection: 1000,
      receiveTimeoutMillis: 120_000,
      handlerTimeoutMillis: 120_000,
      keepaliveMillis: 30_000,
      retryAfterMillis: 100,
    },
    handler,
  );
  const started = await receiver.start();
  const endpoint = socketPath === undefined ? `127.0.0.1:${started.port}` : `unix:${socketPath}`;
  return { endpoint, stop: () => receiver.shutdown(0) };
}

/** An OTLP client with a connection of its own. */
export function client(port: number): OtlpForwarder {
  return new OtlpForwarder({
    endpoint: `127.0.0.1:${port}`,
    timeoutMillis: 120_000,
    keepaliveMillis: 30_000,
    keepaliveTimeoutMillis: 30_000,
    maxReconnectMillis: 100,
    maxResponseBytes: MEBIBYTE,
  });
}

/** A request with one resource: service.name and, if asked for, other attributes and a payload in its scopes. */
export function requestOf(
  serviceName: string,
  attributes: Record<string, string> = {},
  scopeBytes = 100,
): Buffer {
  const resource = Object.entries({ 'service.name': serviceName, ...attributes }).map(([key, value]) =>
    encodeBytesField(
      1,
      Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, encodeBytesField(1, value))]),
    ),
  );
  return encodeBytesField(
    1,
    Buffer.concat([
      encodeBytesField(1, Buffer.concat(resource)),
      encodeBytesField(2, encodeBytesField(99, Buffer.alloc(scopeBytes, 7))),
    ]),
  );
}
