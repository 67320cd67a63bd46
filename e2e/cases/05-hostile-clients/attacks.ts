import { randomBytes } from 'node:crypto';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { encodeBytesField, EXPORT_PATHS, OtlpError, OtlpForwarder } from '@trace/otlp';
import { newSpanId, newTraceId } from '../../support/otlp-http.ts';

const MIB = 1024 ** 2;

/** One connection of an OTLP client. */
export interface ExportClient {
  /** OK, or the status that came instead. */
  status(body: Uint8Array): Promise<string>;
  close(): void;
}

/** OTLP/gRPC; statuses by their gRPC names. */
export class GrpcExportClient implements ExportClient {
  readonly #forwarder: OtlpForwarder;

  constructor(port: number, timeoutMillis: number) {
    this.#forwarder = new OtlpForwarder({
      endpoint: `127.0.0.1:${port}`,
      timeoutMillis,
      keepaliveMillis: 60_000,
      keepaliveTimeoutMillis: 20_000,
      maxReconnectMillis: 500,
      maxResponseBytes: 4 * MIB,
    });
  }

  async status(body: Uint8Array): Promise<string> {
    try {
      await this.#forwarder.export('traces', body);
      return 'OK';
    } catch (error) {
      return OtlpError.from(error).code;
    }
  }

  close(): void {
    this.#forwarder.close();
  }
}

/** An encoded ExportTraceServiceRequest with one span of `service`. */
export function tinyRequest(service = 'hostile', nameBytes = 8): Buffer {
  const attribute = Buffer.concat([
    encodeBytesField(1, 'service.name'),
    encodeBytesField(2, encodeBytesField(1, service)),
  ]);
  const span = Buffer.concat([
    encodeBytesField(1, Buffer.from(newTraceId(), 'hex')),
    encodeBytesField(2, Buffer.from(newSpanId(), 'hex')),
    encodeBytesField(5, Buffer.alloc(nameBytes, 'x')),
  ]);
  return encodeBytesField(
    1,
    Buffer.concat([
      encodeBytesField(1, encodeBytesField(1, attribute)),
      encodeBytesField(2, encodeBytesField(2, span)),
    ]),
  );
}

/** Sends random bytes on raw connections; resolves when the server has closed them all, or fails. */
export async function randomBytesOnTheWire(port: number, connections = 20): Promise<void> {
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      // Being reset is one of the right answers.
      socket.on('error', () => undefined);
      socket.write(randomBytes(64 * 1024));
      socket.resume();
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          socket.destroy();
          reject(new Error('the server keeps a connection open that speaks no HTTP'));
        }, 90_000);
        socket.on('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }),
  );
}

/** Many requests on one connection, `parallel` at a time; how many got each status. */
export async function manyTinyRequests(
  client: ExportClient,
  requests: number,
  parallel = 100,
): Promise<Map<string, number>> {
  const statuses = new Map<string, number>();
  let left = requests;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const status = await client.status(tinyRequest());
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return statuses;
}

export interface StuckStreams {
  readonly opened: number;
  /** How many of them the server has ended. */
  ended(): number;
  stop(): void;
}

/**
 * Sends requests whose answers it does not take: with a window of 0 bytes for each stream, the server cannot send
 * one byte of a body, and holds each stream until it gives it up.
 */
export function opensNoWindow(port: number, streams = 90): StuckStreams {
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  session.on('error', () => undefined);
  const body = tinyRequest('no-window');
  const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), body]);
  framed.writeUInt32BE(body.length, 1);
  let ended = 0;
  for (let index = 0; index < streams; index += 1) {
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT_PATHS.traces,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => undefined);
    stream.on('close', () => (ended += 1));
    stream.end(framed);
  }
  return {
    opened: streams,
    ended: () => ended,
    stop: () => {
      session.destroy();
    },
  };
}

/** A request that is larger than any receiver's limit of 64 MiB. */
export function tooLarge(): Buffer {
  return tinyRequest('too-large', 65 * MIB);
}
