import { once } from 'node:events';
import { createServer, connect, type Server, type Socket } from 'node:net';

/** What happens between us and the API server. */
type Mood = 'open' | 'cut' | 'silent';

/** A TCP relay in front of the API server, which can be cut, or silenced as a network that drops packets. */
export class Network {
  #mood: Mood = 'open';
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Connections that were taken while nothing went through. */
  readonly #unanswered = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async inFrontOf(url: string): Promise<Network> {
    const server = createServer();
    const network = new Network(server, new URL(url));
    server.on('connection', (socket) => {
      network.#accept(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return network;
  }

  get url(): string {
    const address = this.server.address();
    return `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** New connections go through again; those that were silenced stay dead, as they do. */
  open(): void {
    this.#mood = 'open';
  }

  /** Ends every connection and refuses new ones. */
  cut(): void {
    this.#mood = 'cut';
    for (const [one, other] of this.#pairs) {
      one.destroy();
      other.destroy();
    }
    for (const socket of this.#unanswered) socket.destroy();
  }

  /** Connections stay, and nothing arrives any more. */
  silence(): void {
    this.#mood = 'silent';
    for (const [one, other] of this.#pairs) {
      one.unpipe(other).pause();
      other.unpipe(one).pause();
    }
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  #accept(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.#mood === 'cut') {
      socket.destroy();
      return;
    }
    if (this.#mood === 'silent') {
      this.#unanswered.add(socket);
      socket.on('close', () => this.#unanswered.delete(socket));
      return;
    }
    const onward = connect(Number(this.target.port), this.target.hostname);
    const pair = [socket, onward] as const;
    this.#pairs.add(pair);
    onward.on('error', () => undefined);
    socket.pipe(onward);
    onward.pipe(socket);
    const gone = (): void => {
      this.#pairs.delete(pair);
      socket.destroy();
      onward.destroy();
    };
    socket.on('close', gone);
    onward.on('close', gone);
  }
}
