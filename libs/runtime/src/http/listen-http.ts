import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError, type ListenTarget } from '../program/listen-error';

/** People and probes; a page opens six connections. */
const MAX_CONNECTIONS = 256;
const MAX_HEADERS_MILLIS = 10_000;
const MAX_REQUEST_MILLIS = 30_000;

/**
 * Listens for a program's own pages and probes, and returns the port. Clients that say nothing, or say it slowly,
 * are cut off.
 * @throws ListenError when the address cannot be had
 */
export async function listenHttp(server: Server, target: ListenTarget): Promise<number> {
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = MAX_HEADERS_MILLIS;
  server.requestTimeout = MAX_REQUEST_MILLIS;
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error): void => {
      reject(listenError(cause, target));
    };
    server.once('error', fail);
    server.listen(target.port, target.host, () => {
      server.off('error', fail);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** Takes no more requests; resolves when those that are under way have their answer. */
export async function closeHttp(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
