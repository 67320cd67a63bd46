import { createServer } from 'node:net';

import type { Port } from '../programs/program.ts';

/** The first of the ports that cannot be bound on loopback, or undefined. */
export async function firstTakenPort(ports: readonly Port[]): Promise<Port | undefined> {
  for (const port of ports) {
    if (!(await canBind(port.number))) return port;
  }
  return undefined;
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
