import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

/** Stands between clients and the database, and sees how much they are told at a time. */
export class Relay {
  largestAnswerBytes = 0;

  private constructor(
    private readonly server: Server,
    databasePort: number,
  ) {
    server.on('connection', (client) => {
      const database = connect(databasePort, '127.0.0.1');
      let answerBytes = 0;
      client.on('data', () => (answerBytes = 0)).on('error', () => undefined);
      database
        .on('data', ({ length }: Buffer) => {
          answerBytes += length;
          this.largestAnswerBytes = Math.max(this.largestAnswerBytes, answerBytes);
        })
        .on('error', () => undefined);
      client.pipe(database);
      database.pipe(client);
    });
  }

  static async start(databasePort: number): Promise<Relay> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay(server, databasePort);
  }

  /** To the same database by way of this. */
  through(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}
