import { once } from 'node:events';
import { type ClientHttp2Session, type IncomingHttpHeaders, connect as connectHttp2 } from 'node:http2';
import { type Socket, connect } from 'node:net';
import { EXPORT_PATHS } from '../signal';
import type { Transport } from './create-receiver';
import { Receivers, type Started, until } from './testing/receivers';

/** Longer than any test waits. */
const NEVER_MILLIS = 2 ** 30;
/** An empty message, neither compressed nor long. */
const EMPTY_FRAME = Buffer.alloc(5);

describe.each<Transport>(['http2-unary', 'http2'])('a receiver on %s that shuts down', (transport) => {
  const receivers = new Receivers();
  /** It stands still, so that no request comes too late because a machine is slow. */
  let nowEpochMillis = 0;
  beforeEach(() => {
    nowEpochMillis = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => nowEpochMillis);
  });
  afterEach(async () => {
    await receivers.cleanUp();
    jest.restoreAllMocks();
  });

  function open(port: number): Socket {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined); // a refusal, or a reset at the end
    receivers.onCleanUp(() => socket.destroy());
    return socket;
  }

  function speak(socket: Socket): ClientHttp2Session {
    const session = connectHttp2('http://localhost', { createConnection: () => socket });
    session.on('error', () => undefined);
    receivers.onCleanUp(() => {
      session.destroy();
    });
    return session;
  }

  /** Resolves when nobody listens there any more. */
  async function refuses(port: number): Promise<void> {
    const probe = open(port);
    const refused = await new Promise<boolean>((resolve) => {
      probe.once('connect', () => {
        resolve(false);
      });
      probe.once('error', () => {
        resolve(true);
      });
    });
    probe.destroy();
    if (!refused) await refuses(port);
  }

  async function exportOver(session: ClientHttp2Session): Promise<IncomingHttpHeaders> {
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT_PATHS.logs,
      'content-type': 'application/grpc',
    });
    stream.resume().end(EMPTY_FRAME);
    const [trailers] = (await once(stream, 'trailers')) as [IncomingHttpHeaders];
    return trailers;
  }

  /** Opens a connection of its kind, and resolves to how it speaks once the receiver is shutting down. */
  type Opens = (started: Started) => Promise<() => ClientHttp2Session>;
  const newConnections: Readonly<Record<string, Opens>> = {
    'has the server’s settings': async ({ port }) => {
      const session = speak(open(port));
      await once(session, 'remoteSettings');
      return () => session;
    },
    'has not spoken yet': async ({ port, receiver }) => {
      const socket = open(port);
      await until(() => receiver.connectionCount === 1);
      return () => speak(socket);
    },
    'only the kernel knows yet': async ({ port, receiver }) => {
      const socket = open(port);
      await new Promise<void>((resolve) => {
        process.nextTick(resolve);
      }); // it connects; the receiver's turn has not come
      expect(receiver.connectionCount).toBe(0);
      return () => speak(socket);
    },
  };

  it.each(Object.entries(newConnections))(
    'serves the first request of a new connection that %s, and then tells it to go',
    async (_name, opens) => {
      const started = await receivers.start(transport);
      const speaks = await opens(started);
      const ended = started.receiver.shutdown(NEVER_MILLIS);
      await refuses(started.port);
      const session = speaks();
      const told = once(session, 'goaway') as Promise<[code: number, lastStream: number]>;
      await expect(exportOver(session)).resolves.toMatchObject({ 'grpc-status': '0' });
      expect((await told).slice(0, 2)).toEqual([0, 1]);
      await ended;
      expect(started.outcomes).toMatchObject([{ code: 'OK' }]);
    },
  );

  it('serves all those that only the kernel knows yet', async () => {
    const { port, receiver } = await receivers.start(transport, { maxConnections: 20 });
    const sockets = Array.from({ length: 20 }, () => open(port));
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    expect(receiver.connectionCount).toBe(0);
    const ended = receiver.shutdown(NEVER_MILLIS);
    const answers = await Promise.all(sockets.map((socket) => exportOver(speak(socket))));
    expect(answers.map((trailers) => trailers['grpc-status'])).toEqual(sockets.map(() => '0'));
    await ended;
  });

  it('gives a second to those that have said nothing or only connected, however long a handshake may take', async () => {
    const { port, receiver, connectionErrors } = await receivers.start(transport, {
      handshakeTimeoutMillis: NEVER_MILLIS,
    });
    const silent = open(port).resume();
    const session = speak(open(port));
    await once(session, 'remoteSettings');
    const ended = receiver.shutdown(NEVER_MILLIS);
    await refuses(port);
    const closed = Promise.all([once(silent, 'close'), once(session, 'close')]);
    nowEpochMillis += 1000;
    await ended;
    await closed;
    expect(connectionErrors).toEqual([]);
  });

  it('tells a connection at once that has made a request', async () => {
    const { port, receiver } = await receivers.start(transport, { handshakeTimeoutMillis: NEVER_MILLIS });
    const session = speak(open(port));
    await exportOver(session);
    await expect(receiver.shutdown(NEVER_MILLIS)).resolves.toBeUndefined();
  });
});
