import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: AuthenticationOk and ReadyForQuery. */
const READY = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');

/** What it does at the first statement. */
export type Breaks = (socket: Socket) => void;

/** Talks like PostgreSQL until a client is ready, and then does something else at its first statement. */
export class BreakingServer {
  connections = 0;

  private constructor(
    private readonly server: Server,
    private readonly breaks: Breaks,
  ) {
    server.on('connection', (socket) => {
      this.connections += 1;
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(READY);
        socket.once('data', () => {
          this.breaks(socket);
        });
      });
    });
  }

  static async start(breaks: Breaks): Promise<BreakingServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new BreakingServer(server, breaks);
  }

  get url(): URL {
    return new URL(`postgresql://user:secret@127.0.0.1:${(this.server.address() as AddressInfo).port}/db`);
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}

/** An ErrorResponse that ends the connection. */
export function refusing(message: () => string): Breaks {
  return (socket) => {
    const fields = Buffer.from(`SFATAL\0VFATAL\0C42501\0M${message()}\0\0`);
    const head = Buffer.alloc(5, 'E');
    head.writeUInt32BE(4 + fields.length, 1);
    socket.end(Buffer.concat([head, fields]));
  };
}
