import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebhookSender } from './webhook-sender';

/** A receiver that answers each path as the test says, and remembers what arrived where. */
class Receiver {
  readonly arrived: string[] = [];
  readonly #server: Server;

  constructor(answers: Readonly<Record<string, readonly [status: number, location?: string]>>) {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        this.arrived.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
        const [status, location] = answers[request.url ?? ''] ?? [404];
        response.writeHead(status, location === undefined ? {} : { location }).end();
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close().closeAllConnections();
  }
}

describe('WebhookSender', () => {
  const receiver = new Receiver({
    '/ok': [204],
    '/moved': [308, '/ok'],
    '/loop': [307, '/loop'],
    '/found': [302, '/ok'],
    '/elsewhere': [307, 'ftp://127.0.0.1/'],
    '/slow-down': [408],
    '/gone': [410],
    '/broken': [500],
  });
  let origin: string;
  beforeAll(async () => {
    origin = await receiver.start();
  });
  afterAll(() => {
    receiver.stop();
  });

  it.each([
    ['/ok', 'delivered', ['POST /ok {}']],
    ['/moved', 'delivered', ['POST /moved {}', 'POST /ok {}']],
    ['/loop', 'rejected', Array.from({ length: 4 }, () => 'POST /loop {}')],
    ['/found', 'rejected', ['POST /found {}']],
    ['/elsewhere', 'rejected', ['POST /elsewhere {}']],
    ['/slow-down', 'retry', ['POST /slow-down {}']],
    ['/gone', 'rejected', ['POST /gone {}']],
    ['/broken', 'retry', ['POST /broken {}']],
  ])('%s is %s', async (path, result, arrived) => {
    const sender = new WebhookSender({ url: origin + path, timeoutMillis: 30_000, maxConnections: 1 });
    receiver.arrived.length = 0;
    expect(await sender.send('{}')).toMatchObject({ result });
    expect(receiver.arrived).toEqual(arrived);
    await sender.close();
  });

  it.each([
    ['for once', 1, 'delivered'],
    ['each time', Infinity, 'retry'],
  ])('a connection that was kept and is closed when used again, %s', async (_, closes, result) => {
    for (const close of ['end', 'reset'] as const) {
      let [requests, closed] = [0, 0];
      const { url, stop } = await closingServer(close, () => (requests += 1) > 1 && (closed += 1) <= closes);
      const sender = new WebhookSender({ url, timeoutMillis: 30_000, maxConnections: 1 });
      expect(await sender.send('{}')).toMatchObject({ result: 'delivered' });
      expect(await sender.send('{}')).toMatchObject({ result });
      // The second try is on a new connection; when that is closed as well, the receiver is away.
      expect(requests).toBe(3);
      await sender.close();
      stop();
    }
  });

  it('a new connection that is closed is not tried again at once', async () => {
    for (const close of ['end', 'reset'] as const) {
      let requests = 0;
      const { url, stop } = await closingServer(close, () => (requests += 1) > 0);
      const sender = new WebhookSender({ url, timeoutMillis: 30_000, maxConnections: 1 });
      expect(await sender.send('{}')).toMatchObject({ result: 'retry' });
      expect(requests).toBe(1);
      await sender.close();
      stop();
    }
  });
});

/** Asks before each answer whether to close the connection instead, with a FIN or an RST. */
async function closingServer(
  close: 'end' | 'reset',
  isClosed: () => boolean,
): Promise<{ url: string; stop: () => void }> {
  const server = createServer((request, response) => {
    if (!isClosed()) request.resume().on('end', () => response.end());
    else if (close === 'end') request.socket.end();
    else request.socket.resetAndDestroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      server.close().closeAllConnections();
    },
  };
}
