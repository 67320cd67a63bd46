import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import type { ExportClient } from './attacks.ts';

/** Nothing was taken for so long. */
const STALLED_MILLIS = 3000;

/** OTLP/HTTP over one kept-alive connection. */
export class HttpExportClient implements ExportClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly port: number,
    private readonly timeoutMillis: number,
  ) {}

  /** OK, the HTTP status, or UNAVAILABLE when there was no answer. */
  status(body: Uint8Array): Promise<string> {
    return new Promise((resolve) => {
      const call = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.port,
          path: '/v1/traces',
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length },
          timeout: this.timeoutMillis,
        },
        (response) => {
          response.resume();
          response.on('end', () => {
            resolve(response.statusCode === 200 ? 'OK' : String(response.statusCode));
          });
        },
      );
      call.on('timeout', () => call.destroy());
      call.on('error', () => {
        resolve('UNAVAILABLE');
      });
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export interface UnreadConnection {
  /** The server takes no more: what it has to say fills every buffer on the way. */
  stalled(): boolean;
  /** The server has cut it off. */
  closed(): boolean;
  end(): void;
}

/** Pipelines requests on one connection for as long as the server takes them, and reads not one byte of the answers. */
export function pipelinesAndNeverReads(port: number): UnreadConnection {
  const request =
    'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n';
  const many = Buffer.from(request.repeat(1000));
  const socket = createConnection({ port, host: '127.0.0.1' });
  let drainedAt = Date.now();
  // Being cut off is the right answer.
  socket.on('error', () => undefined);
  socket.pause();
  const write = (): void => {
    drainedAt = Date.now();
    while (!socket.destroyed && socket.write(many));
  };
  socket.on('drain', write);
  write();
  return {
    stalled: () => Date.now() - drainedAt > STALLED_MILLIS,
    closed: () => socket.destroyed,
    end: () => {
      socket.destroy();
    },
  };
}
