import { constants } from 'node:http2';
import { OtlpForwarder } from '../otlp-forwarder';
import { Flag, type Frame, FrameType, encodeFrame, encodeNumbers, encodeSettings } from '../../http2/frames';
import { encodeHeaderBlock } from '../../http2/hpack/encode';
import { Setting } from '../../http2/settings';
import { HEADERS, RawServer, TRAILERS } from './testing/raw-server';

const { NGHTTP2_CANCEL, NGHTTP2_COMPRESSION_ERROR, NGHTTP2_ENHANCE_YOUR_CALM } = constants;
const { NGHTTP2_FLOW_CONTROL_ERROR, NGHTTP2_FRAME_SIZE_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants;

const OPTIONS = {
  transport: 'http2-unary',
  // Deadlines that no test meets by being slow; a test about one sets it.
  timeoutMillis: 30_000,
  keepaliveMillis: 10_000,
  keepaliveTimeoutMillis: 30_000,
  maxReconnectMillis: 50,
  maxResponseBytes: 5_000_000,
} as const;

const isRequestEnd = ({ type, flags }: Frame): boolean =>
  type === FrameType.DATA && (flags & Flag.END_STREAM) !== 0;
const unavailable = { code: 'UNAVAILABLE' };

/** A server that does what no HTTP/2 library does. */
describe('the HTTP/2 client for unary calls', () => {
  const closers: (() => void)[] = [];
  let server: RawServer;
  let forwarder: OtlpForwarder;

  async function start(settings?: ReadonlyMap<number, number>, options = {}): Promise<void> {
    server = new RawServer(settings);
    forwarder = new OtlpForwarder({ ...OPTIONS, endpoint: await server.listen(), ...options });
    const [oldServer, oldForwarder] = [server, forwarder];
    closers.push(() => {
      oldForwarder.close();
      oldServer.close();
    });
  }

  /** Does this with every request that has come in full. */
  function whenAsked(answer: (streamId: number) => void): void {
    server.onFrame = (frame) => {
      if (isRequestEnd(frame)) answer(frame.streamId);
    };
  }

  const call = (bytes = 10): Promise<Buffer> => forwarder.export('traces', Buffer.alloc(bytes, 7));
  const goaway = async (): Promise<number> =>
    (await server.frame(({ type }) => type === FrameType.GOAWAY)).payload.readUInt32BE(4);

  /** What arrived of a request, without the five bytes before the message. */
  const bodyOf = (streamId: number): Buffer =>
    Buffer.concat(
      server.frames
        .filter((frame) => frame.type === FrameType.DATA && frame.streamId === streamId)
        .map(({ payload }) => payload),
    ).subarray(5);

  beforeEach(() => start());
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  it('announces no dynamic table and no push', async () => {
    whenAsked((id) => {
      server.succeed(id);
    });
    await call();
    const { payload } = await server.frame(({ type }) => type === FrameType.SETTINGS);
    expect(payload.toString('hex')).toMatch(/^000100000000000200000000/);
  });

  it('reads headers in pieces, with padding, priority and interim answers, byte by byte', async () => {
    whenAsked((id) => {
      const [headers, trailers] = [encodeHeaderBlock(HEADERS), encodeHeaderBlock(TRAILERS)];
      const padded = Flag.PADDED | Flag.PRIORITY;
      const interim = encodeHeaderBlock([{ name: ':status', value: '103' }]);
      const frame = (type: number, flags: number, payload: Buffer): Buffer =>
        encodeFrame({ type, flags, streamId: id, payload });
      const bytes = Buffer.concat([
        frame(FrameType.HEADERS, Flag.END_HEADERS, interim),
        frame(
          FrameType.HEADERS,
          padded,
          Buffer.concat([
            Buffer.from('02000000000010', 'hex').subarray(0, 6),
            headers.subarray(0, 3),
            Buffer.alloc(2),
          ]),
        ),
        ...[...headers.subarray(3)].map((byte) => frame(FrameType.CONTINUATION, 0, Buffer.from([byte]))),
        frame(FrameType.CONTINUATION, Flag.END_HEADERS, Buffer.alloc(0)),
        frame(FrameType.DATA, Flag.PADDED, Buffer.from('03000000000161000000', 'hex')),
        frame(0xbe, 0xff, Buffer.from('unknown')),
        frame(FrameType.DATA, 0, Buffer.alloc(0)),
        frame(FrameType.HEADERS, Flag.END_STREAM, trailers.subarray(0, 5)),
        frame(FrameType.CONTINUATION, Flag.END_HEADERS, trailers.subarray(5)),
      ]);
      for (const byte of bytes) server.write(Buffer.from([byte]));
    });
    await expect(call()).resolves.toEqual(Buffer.from('a'));
  });

  it('sends what the windows allow, also after they have been made smaller', async () => {
    await start(new Map([[Setting.INITIAL_WINDOW_SIZE, 7]]));
    const answered = call(100_000);
    await server.frame(({ type }) => type === FrameType.DATA);
    expect(bodyOf(1)).toHaveLength(2);
    server.write(encodeSettings(new Map([[Setting.INITIAL_WINDOW_SIZE, 3]]))); // four bytes too many are out
    server.write(encodeNumbers(FrameType.WINDOW_UPDATE, 1, 5));
    await server.frame(({ type, payload }) => type === FrameType.DATA && payload.length === 1);
    expect(bodyOf(1)).toHaveLength(3);
    // Now the connection's window of 65,535 is what holds it back.
    server.write(encodeNumbers(FrameType.WINDOW_UPDATE, 1, 1_000_000));
    server.send(FrameType.PING, 0, 0, Buffer.alloc(8));
    await server.frame(({ type }) => type === FrameType.PING);
    expect(bodyOf(1)).toHaveLength(65_535 - 5);
    expect(server.frames.every(({ payload }) => payload.length <= 16_384)).toBe(true);
    whenAsked((id) => {
      server.succeed(id);
    });
    server.write(encodeNumbers(FrameType.WINDOW_UPDATE, 0, 1_000_000));
    await answered;
    expect(bodyOf(1).equals(Buffer.alloc(100_000, 7))).toBe(true);
  });

  it('uses larger frames where it may', async () => {
    await start(
      new Map([
        [Setting.MAX_FRAME_SIZE, 40_000],
        [Setting.INITIAL_WINDOW_SIZE, 1_000_000],
      ]),
    );
    whenAsked((id) => {
      server.succeed(id);
    });
    await call(50_000);
    const data = server.frames.filter(({ type }) => type === FrameType.DATA);
    expect(data.map(({ payload }) => payload.length)).toEqual([40_000, 10_005]);
  });

  it('opens no more streams than the server takes, and the next when one ends', async () => {
    await start(new Map([[Setting.MAX_CONCURRENT_STREAMS, 2]]));
    let open = 0;
    let most = 0;
    server.onFrame = (frame) => {
      if (frame.type === FrameType.HEADERS) most = Math.max(most, (open += 1));
      if (!isRequestEnd(frame)) return;
      setImmediate(() => {
        open -= 1;
        server.succeed(frame.streamId);
      });
    };
    await Promise.all(Array.from({ length: 20 }, () => call()));
    expect(most).toBe(2);
  });

  it('takes a call that waited for a stream to another connection', async () => {
    await start(new Map([[Setting.MAX_CONCURRENT_STREAMS, 1]]));
    let answered = 0;
    whenAsked((id) => {
      answered += 1;
      // The first of two GOAWAYs, as grpc-go says it: what runs may finish, and here it takes long.
      if (answered === 1) server.write(encodeNumbers(FrameType.GOAWAY, 0, 2 ** 31 - 1, 0));
      else server.succeed(id);
    });
    let firstHasEnded = false;
    const first = call().finally(() => (firstHasEnded = true));
    const others = [call(), call()];
    await expect(Promise.all(others)).resolves.toHaveLength(2);
    expect(firstHasEnded).toBe(false);
    expect(server.connections).toBe(2);
    forwarder.close();
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('cancels a stream at its deadline, and keeps the connection if it lives', async () => {
    whenAsked((id) => {
      if (id !== 3) server.succeed(id);
    });
    await call();
    const late = forwarder.export('traces', Buffer.alloc(1), 1500);
    // One that is still under way when the test ends is rejected then.
    const ticking = setInterval(() => void call().catch(() => undefined), 10);
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    clearInterval(ticking);
    const reset = await server.frame(({ type }) => type === FrameType.RST_STREAM);
    expect([reset.streamId, reset.payload.readUInt32BE(0)]).toEqual([3, NGHTTP2_CANCEL]);
    await call();
    expect(server.connections).toBe(1);
  });

  it('does not send the rest of a request that has been answered', async () => {
    server.onFrame = ({ type, streamId }) => {
      if (type === FrameType.HEADERS) {
        server.headers(streamId, [...HEADERS, { name: 'grpc-status', value: '8' }], Flag.END_STREAM);
      }
    };
    await expect(call(200_000)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    await server.frame(({ type }) => type === FrameType.RST_STREAM);
    server.write(encodeNumbers(FrameType.WINDOW_UPDATE, 0, 1_000_000));
    server.write(encodeNumbers(FrameType.WINDOW_UPDATE, 1, 1_000_000));
    server.send(FrameType.PING, 0, 0, Buffer.alloc(8));
    await server.frame(({ type }) => type === FrameType.PING);
    expect(server.frames.some(isRequestEnd)).toBe(false);
  });

  it('opens its windows again for answers that are larger', async () => {
    const message = Buffer.alloc(4_900_005);
    message.writeUInt32BE(4_900_000, 1);
    whenAsked((id) => {
      server.headers(id, HEADERS, 0);
      let sent = 0;
      // All that the windows let through, and more whenever they are opened.
      server.onFrame = () => {
        while (
          sent < message.length &&
          sent + 10_000 <= Math.min(1024 * 1024 + openedBy(id), 65_535 + openedBy(0))
        ) {
          server.send(FrameType.DATA, 0, id, message.subarray(sent, sent + 10_000));
          sent += 10_000;
        }
        if (sent >= message.length) server.headers(id, TRAILERS, Flag.END_STREAM);
      };
      server.onFrame({ type: FrameType.PING, flags: 0, streamId: 0, payload: Buffer.alloc(0) });
    });
    await expect(call()).resolves.toHaveLength(4_900_000);
  });

  function openedBy(streamId: number): number {
    return server.frames
      .filter((frame) => frame.type === FrameType.WINDOW_UPDATE && frame.streamId === streamId)
      .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
  }

  it('answers pings, and gives up a server that does not', async () => {
    await start(undefined, { keepaliveMillis: 500, keepaliveTimeoutMillis: 500 });
    whenAsked(() => {
      server.send(FrameType.PING, 0, 0, Buffer.from('abcdefgh'));
    });
    await expect(call()).rejects.toMatchObject({
      ...unavailable,
      message: 'no answer to a ping within 500 ms',
    });
    const isAnswer = ({ type, flags }: Frame): boolean => type === FrameType.PING && flags === Flag.ACK;
    expect((await server.frame(isAnswer)).payload.toString()).toBe('abcdefgh');
  });

  it('keeps a server that answers pings', async () => {
    await start(undefined, { keepaliveMillis: 10, keepaliveTimeoutMillis: 1000 });
    server.onFrame = ({ type, payload }) => {
      if (type === FrameType.PING) server.send(FrameType.PING, Flag.ACK, 0, payload);
    };
    await expect(forwarder.export('logs', Buffer.alloc(1), 2000)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  it.each<[what: string, answer: (id: number) => void, code: number]>([
    [
      'an index of the dynamic table',
      (id) => {
        server.send(FrameType.HEADERS, Flag.END_HEADERS, id, 'be');
      },
      NGHTTP2_COMPRESSION_ERROR,
    ],
    [
      'a dynamic table',
      (id) => {
        server.send(FrameType.HEADERS, Flag.END_HEADERS, id, '3fe11f');
      },
      NGHTTP2_COMPRESSION_ERROR,
    ],
    [
      'headers without end',
      (id) => {
        server.send(FrameType.HEADERS, 0, id);
        for (let n = 0; n < 200; n += 1) server.send(FrameType.CONTINUATION, 0, id);
      },
      NGHTTP2_ENHANCE_YOUR_CALM,
    ],
    [
      'headers that are too long',
      (id) => {
        server.send(FrameType.HEADERS, 0, id);
        for (let n = 0; n < 5; n += 1) server.send(FrameType.CONTINUATION, 0, id, Buffer.alloc(16_000));
      },
      NGHTTP2_ENHANCE_YOUR_CALM,
    ],
    [
      'another frame within headers',
      (id) => {
        server.send(FrameType.HEADERS, 0, id);
        server.send(FrameType.DATA, 0, id);
      },
      NGHTTP2_PROTOCOL_ERROR,
    ],
    [
      'a push',
      (id) => {
        server.send(FrameType.PUSH_PROMISE, 0, id);
      },
      NGHTTP2_PROTOCOL_ERROR,
    ],
    [
      'a stream that is not there',
      () => {
        server.send(FrameType.DATA, 0, 99);
      },
      NGHTTP2_PROTOCOL_ERROR,
    ],
    [
      'a frame that is too long',
      (id) => {
        server.send(FrameType.DATA, 0, id, Buffer.alloc(16_385));
      },
      NGHTTP2_FRAME_SIZE_ERROR,
    ],
    [
      'a short RST_STREAM',
      (id) => {
        server.send(FrameType.RST_STREAM, 0, id, '00');
      },
      NGHTTP2_FRAME_SIZE_ERROR,
    ],
    [
      'a short PING',
      () => {
        server.send(FrameType.PING, 0, 0, '00');
      },
      NGHTTP2_FRAME_SIZE_ERROR,
    ],
    [
      'SETTINGS of odd length',
      () => {
        server.send(FrameType.SETTINGS, 0, 0, '00');
      },
      NGHTTP2_FRAME_SIZE_ERROR,
    ],
    [
      'a window that is too large',
      () => {
        server.send(FrameType.WINDOW_UPDATE, 0, 0, '7fffffff');
      },
      NGHTTP2_FLOW_CONTROL_ERROR,
    ],
  ])('ends the connection for %s', async (_what, answer, code) => {
    whenAsked(answer);
    await expect(call()).rejects.toMatchObject(unavailable);
    await expect(goaway()).resolves.toBe(code);
    whenAsked((id) => {
      server.succeed(id);
    });
    await expect(call()).resolves.toHaveLength(0);
    expect(server.connections).toBe(2);
  });

  it.each<[what: string, answer: (id: number) => void]>([
    [
      'data before headers',
      (id) => {
        server.send(FrameType.DATA, Flag.END_STREAM, id);
      },
    ],
    [
      'headers twice',
      (id) => {
        server.headers(id, HEADERS, 0);
        server.headers(id, HEADERS, 0);
      },
    ],
    [
      'an end without a status',
      (id) => {
        server.headers(id, HEADERS, Flag.END_STREAM);
      },
    ],
    [
      'half a message',
      (id) => {
        server.headers(id, HEADERS, 0);
        server.send(FrameType.DATA, 0, id, '000000');
        server.headers(id, TRAILERS, Flag.END_STREAM);
      },
    ],
    [
      "a stream's window that opens by nothing",
      (id) => {
        server.send(FrameType.WINDOW_UPDATE, 0, id, '00000000');
      },
    ],
  ])('ends the stream only for %s', async (_what, answer) => {
    whenAsked(answer);
    await expect(call()).rejects.toMatchObject(unavailable);
    whenAsked((id) => {
      server.succeed(id);
    });
    await expect(call()).resolves.toHaveLength(0);
    expect(server.connections).toBe(1);
  });

  it('notices that the server has hung up', async () => {
    whenAsked(() => {
      server.end();
    });
    await expect(call()).rejects.toMatchObject({ ...unavailable, message: 'connection closed' });
  });
});
