import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type Socket, connect } from 'node:net';
import { EXPORT_PATHS } from '../signal';
import type { Transport } from './create-receiver';
import type { ReceiverOptions } from './grpc-receiver';
import { Receivers, type Started, until } from './testing/receivers';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** Frame types and flags of RFC 9113, section 6. */
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const CONTINUATION = 9;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK (RFC 7541): a literal without indexing, with a new name. */
function header(name: string, value: string): Buffer {
  const text = (string: string): Buffer => {
    const bytes = Buffer.from(string);
    // A length of 127 or more goes on in bytes of seven bits.
    const length = [Math.min(bytes.length, 127)];
    for (let rest = bytes.length - 127; rest >= 0; rest = rest >= 128 ? rest >>> 7 : -1) {
      length.push((rest & 127) | (rest >= 128 ? 128 : 0));
    }
    return Buffer.concat([Buffer.from(length), bytes]);
  };
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function request(different: Readonly<Record<string, string>> = {}): Buffer {
  const headers = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': EXPORT_PATHS.logs,
    ':authority': 'x',
    'content-type': 'application/grpc',
    ...different,
  };
  return Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
}

const REQUEST = request();

/** Requests that are none of OTLP/gRPC. */
const STRANGE: readonly (readonly [string, Buffer])[] = [
  ['an unknown path', request({ ':path': '/nope' })],
  ['another content type', request({ 'content-type': 'text/x' })],
  ['a GET', request({ ':method': 'GET' })],
];

/** Clients that know HTTP/2 and abuse it, by hand. Each time another client is served throughout. */
describe.each<Transport>(['http2-unary', 'http2'])(
  'a client of HTTP/2, to a receiver on %s,',
  (transport) => {
    const receivers = new Receivers();
    let started: Started;
    let good: ReturnType<Receivers['client']>;
    let handled = 0;
    afterEach(async () => {
      await expect(serve()).resolves.toBeLessThan(10_000);
      await receivers.cleanUp();
    });

    async function start(options: Partial<ReceiverOptions> = {}): Promise<void> {
      handled = 0;
      started = await receivers.start(
        transport,
        { maxConcurrentStreamsPerConnection: 100, ...options },
        () => {
          handled += 1;
          return Promise.resolve(undefined);
        },
      );
      good = receivers.client(started.port);
      await serve();
    }

    async function serve(): Promise<number> {
      const before = Date.now();
      await good.export('traces', Buffer.alloc(10));
      return Date.now() - before;
    }

    /** A connection whose settings have been exchanged; what comes is read and dropped. */
    function open(): { readonly socket: Socket; readonly closed: () => boolean } {
      const socket = connect(started.port, '127.0.0.1');
      let closed = false;
      socket.on('error', () => undefined);
      socket.on('close', () => (closed = true));
      socket.resume();
      receivers.onCleanUp(() => socket.destroy());
      socket.write(Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0), frame(SETTINGS, ACK, 0)]));
      return { socket, closed: () => closed };
    }

    it('that opens streams and resets them at once, without end, is cut off', async () => {
      await start();
      const { socket, closed } = open();
      let stream = 1;
      while (!closed() && stream < 100_000) {
        const frames: Buffer[] = [];
        for (let index = 0; index < 100; index += 1, stream += 2) {
          frames.push(frame(HEADERS, END_HEADERS, stream, REQUEST));
          frames.push(frame(RST_STREAM, 0, stream, Buffer.from([0, 0, 0, 8])));
        }
        socket.write(Buffer.concat(frames));
        await serve();
      }
      expect(closed()).toBe(true);
      expect(started.connectionErrors).toContain('protocol');
      await until(() => started.receiver.inFlightBytes === 0);
    });

    it.each([
      ['pings', frame(PING, 0, 0, Buffer.alloc(8))],
      ['changes its settings', frame(SETTINGS, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0]))],
    ])('that %s without end is cut off', async (_what, one) => {
      await start();
      const { socket, closed } = open();
      for (let round = 0; !closed() && round < 100; round += 1) {
        socket.write(Buffer.concat(Array.from({ length: 100 }, () => one)));
        await serve();
      }
      expect(closed()).toBe(true);
      expect(started.connectionErrors).toEqual(['flood']);
    });

    it('that is cut off is told UNAVAILABLE first, which grpc-go tries again', async () => {
      await start({ receiveTimeoutMillis: 10_000 });
      const { socket, closed } = open();
      const received: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => received.push(chunk));
      socket.write(frame(HEADERS, END_HEADERS, 1, REQUEST));
      const ping = frame(PING, 0, 0, Buffer.alloc(8));
      for (let round = 0; !closed() && round < 100; round += 1) {
        socket.write(Buffer.concat(Array.from({ length: 100 }, () => ping)));
        await serve();
      }
      await until(closed);
      // The head of its answer: HEADERS on stream 1, which end it.
      const answer = frame(HEADERS, END_HEADERS | END_STREAM, 1).subarray(3);
      expect(Buffer.concat(received).includes(answer)).toBe(true);
      expect(started.outcomes.filter(({ signal }) => signal === 'logs')).toMatchObject([
        { code: 'UNAVAILABLE' },
      ]);
    });

    it.each(
      [...STRANGE, ['a good request', REQUEST] as const].flatMap(([what, headers]) =>
        [0, 8].flatMap((code) =>
          [0, END_STREAM].map(
            (end) => [what, code, end === 0 ? 'unfinished' : 'ended', headers, end] as const,
          ),
        ),
      ),
    )(
      'that resets %s with code %i in the same breath, %s, harms nobody',
      async (_what, code, _end, headers, end) => {
        await start();
        for (let round = 0; round < 5; round += 1) {
          const { socket, closed } = open();
          socket.write(
            Buffer.concat([
              frame(HEADERS, END_HEADERS | end, 1, headers),
              frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, code])),
              frame(PING, 0, 0, Buffer.alloc(8)),
            ]),
          );
          await new Promise((resolve) => socket.once('data', resolve));
          await serve();
          expect(closed()).toBe(false);
        }
        await until(() => started.receiver.inFlightBytes === 0);
      },
    );

    it.each(STRANGE)('that sends %s is answered, and counted', async (_what, headers) => {
      await start();
      const { socket } = open();
      socket.write(frame(HEADERS, END_HEADERS, 1, headers));
      await until(() => started.connectionErrors.length > 0);
      expect(started.connectionErrors).toEqual(['not_otlp']);
    });

    it('may ping for as long as it lives, if it does so slowly', async () => {
      await start({ keepaliveMillis: 1000 });
      const session = connectHttp2(`http://127.0.0.1:${started.port}`, {
        maxOutstandingPings: 1000,
      } as object);
      receivers.onCleanUp(() => {
        session.destroy();
      });
      await once(session, 'connect');
      for (let round = 0; round < 3; round += 1) {
        // The server's own ping: it has looked at all connections.
        await once(session, 'ping');
        await Promise.all(
          Array.from(
            { length: 400 },
            () =>
              new Promise<void>((resolve) =>
                session.ping(() => {
                  resolve();
                }),
              ),
          ),
        );
      }
      expect(started.connectionErrors).toEqual([]);
      expect(session.closed).toBe(false);
    });

    it('may ping between its requests as often as it likes', async () => {
      await start();
      const { socket, closed } = open();
      const ping = frame(PING, 0, 0, Buffer.alloc(8));
      const message = frame(DATA, 1, 0, Buffer.alloc(5));
      for (let stream = 1; stream < 10; stream += 2) {
        const request = Buffer.concat([frame(HEADERS, END_HEADERS, stream, REQUEST), message]);
        request.writeUInt32BE(stream, request.length - 9);
        socket.write(Buffer.concat([...Array.from({ length: 500 }, () => ping), request]));
        await until(() => handled >= 1 + (stream + 1) / 2);
      }
      expect(closed()).toBe(false);
      expect(started.connectionErrors).toEqual([]);
    });

    it('that sends headers over the limit is answered so', async () => {
      await start();
      const { socket } = open();
      const large = header('x-large', 'x'.repeat(9000));
      for (let stream = 1; stream < 200; stream += 2) {
        socket.write(
          Buffer.concat([
            frame(HEADERS, 0, stream, REQUEST),
            frame(CONTINUATION, 0, stream, large),
            frame(CONTINUATION, END_HEADERS, stream, large),
            frame(DATA, END_STREAM, stream, Buffer.alloc(5)),
          ]),
        );
      }
      const refused = (): string[] =>
        started.outcomes.filter(({ signal }) => signal === 'logs').map(({ code }) => code);
      await until(() => refused().length === 100);
      expect(new Set(refused())).toEqual(new Set(['RESOURCE_EXHAUSTED']));
    });

    it('that continues its headers for ever is cut off', async () => {
      await start();
      const { socket, closed } = open();
      socket.write(frame(HEADERS, 0, 1, REQUEST));
      for (let round = 0; !closed() && round < 10_000; round += 1) {
        socket.write(frame(CONTINUATION, 0, 1, header('x', 'x'.repeat(1000))));
        if (round % 100 === 0) await serve();
      }
      expect(closed()).toBe(true);
      expect(started.connectionErrors).toContain('protocol');
    });

    it('whose headers trickle is cut off when it cannot answer a ping', async () => {
      await start({ keepaliveMillis: 1000 });
      const { socket, closed } = open();
      const headers = frame(HEADERS, END_HEADERS, 1, REQUEST);
      // Nothing may come between the bytes of a frame, an answer to a ping neither.
      for (let at = 0; at < headers.length - 1 && !closed(); at += 1) {
        socket.write(headers.subarray(at, at + 1));
        await serve();
      }
      await until(closed);
      expect(started.connectionErrors).toEqual(['keepalive']);
    });

    it('whose body trickles is answered at the deadline', async () => {
      await start({ receiveTimeoutMillis: 1000, maxReceiveBytes: 1e6, maxInFlightBytes: 2e6 });
      const { socket } = open();
      socket.write(
        Buffer.concat([
          frame(HEADERS, END_HEADERS, 1, REQUEST),
          frame(DATA, 0, 1, Buffer.from([0, 0, 0, 0x27, 0x10])),
        ]),
      );
      while (!started.outcomes.some(({ signal }) => signal === 'logs')) {
        socket.write(frame(DATA, 0, 1, Buffer.alloc(1)));
        await serve();
      }
      expect(started.outcomes.filter(({ signal }) => signal === 'logs')).toMatchObject([
        { code: 'DEADLINE_EXCEEDED' },
      ]);
      await until(() => started.receiver.inFlightBytes === 0);
    });
  },
);
