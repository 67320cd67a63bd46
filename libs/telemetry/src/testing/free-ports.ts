import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** No two calls answer the same one, which nobody may listen on yet. */
const given = new Set<number>();

/**
 * Free ports below those that the kernel gives to connections (ip_local_port_range begins at 32,768): nobody is given
 * one between this look and the program that listens there, or while that restarts.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(16_000, 32_000);
    if (given.has(port)) continue;
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue; // somebody has it
    }
    await once(server.close(), 'close');
    given.add(port);
    ports.add(port);
  }
  return [...ports];
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}
