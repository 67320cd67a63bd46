import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { listenError, type ListenTarget } from './listen-error';

/** People and probes; a page opens six connections. */
const MAX_CONNECTIONS = 256;
const MAX_HEADERS_MILLIS = 10_000;
const MAX_REQUEST_MILLIS = 30_000;

/**
 * Listens for a program's own pages and probes, and returns the port. Clients that say nothing, or say it slowly,
 * are cut off.
 * @throws ListenError when the address cannot be had
 */
export async function listenHttp(app: INestApplication, target: ListenTarget): Promise<number> {
  const server = app.getHttpServer() as Server;
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = MAX_HEADERS_MILLIS;
  server.requestTimeout = MAX_REQUEST_MILLIS;
  try {
    await app.listen(target.port, target.host);
  } catch (cause) {
    throw listenError(cause, target);
  }
  return (server.address() as AddressInfo).port;
}
