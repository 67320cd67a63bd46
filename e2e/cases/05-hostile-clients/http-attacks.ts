import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import type { ExportClient } from './attacks.ts';

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

/** Pipelines requests on one connection and reads not one byte of the answers. The caller ends it. */
export function pipelinesAndNeverReads(port: number, body: Buffer, requests = 5000): () => void {
  const socket = createConnection({ port, host: '127.0.0.1' });
  // Being cut off is one of the right answers.
  socket.on('error', () => undefined);
  socket.pause();
  const head = `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: ${body.length}\r\n\r\n`;
  const one = Buffer.concat([Buffer.from(head), body]);
  let left = requests;
  const write = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= 1;
      if (!socket.write(one)) {
        socket.once('drain', write);
        return;
      }
    }
  };
  write();
  return () => {
    socket.destroy();
  };
}
