import { ErrorCode } from '../../http2/error-code';
import { Flag, type Frame, FrameType, encodeFrame, encodeNumbers, encodeSettings } from '../../http2/frames';
import { encodeHeaderBlock } from '../../http2/hpack/encode';
import { PREFACE } from '../../http2/preface';
import { Setting } from '../../http2/settings';
import { EXPORT_PATHS } from '../../signal';
import { framed } from '../../testing/framed';
import { until } from '../testing/receivers';
import { EMPTY_MESSAGE, REQUEST, without } from './testing/raw-client';
import { UnaryServer } from './testing/unary-server';

const MIB = 1024 * 1024;
const BLOCK = encodeHeaderBlock(REQUEST);

/** Clients that do what no HTTP/2 library does, and may. */
describe('the HTTP/2 server for unary calls', () => {
  const server = new UnaryServer();
  beforeEach(() => server.start());
  afterEach(() => server.stop());

  describe('takes', () => {
    it('headers in pieces, with padding, priority, trailers and frames it does not know, byte by byte', async () => {
      const frame = (type: number, flags: number, payload: Buffer): Buffer =>
        encodeFrame({ type, flags, streamId: 1, payload });
      const silent = server.silent();
      const bytes = Buffer.concat([
        PREFACE,
        encodeSettings(new Map()),
        frame(FrameType.PRIORITY, 0, Buffer.from('0000000310', 'hex')),
        frame(
          FrameType.HEADERS,
          Flag.PADDED | Flag.PRIORITY,
          Buffer.concat([Buffer.from('020000000010', 'hex'), BLOCK.subarray(0, 3), Buffer.alloc(2)]),
        ),
        ...[...BLOCK.subarray(3)].map((byte) => frame(FrameType.CONTINUATION, 0, Buffer.from([byte]))),
        frame(FrameType.CONTINUATION, Flag.END_HEADERS, Buffer.alloc(0)),
        frame(FrameType.DATA, Flag.PADDED, Buffer.from('03000000000161000000', 'hex')),
        frame(0xbe, 0xff, Buffer.from('unknown')),
        frame(FrameType.DATA, 0, Buffer.alloc(0)),
        frame(
          FrameType.HEADERS,
          Flag.END_STREAM | Flag.END_HEADERS,
          encodeHeaderBlock([{ name: 'x-trailer', value: 'end' }]),
        ),
      ]);
      for (const byte of bytes) silent.write(Buffer.from([byte]));
      expect((await silent.answer(1)).headers['grpc-status']).toBe('0');
      expect(server.bodies).toEqual(['a']);
    });

    it('a dynamic table from the first request on', async () => {
      const indexed = Buffer.concat([
        Buffer.from('83864102', 'hex'), // POST, http, :authority to be remembered
        Buffer.from('yz'),
        Buffer.concat([Buffer.from([0x44, EXPORT_PATHS.traces.length]), Buffer.from(EXPORT_PATHS.traces)]),
        Buffer.concat([Buffer.from([0x5f, 16]), Buffer.from('application/grpc')]),
      ]);
      server.client.send(FrameType.HEADERS, Flag.END_HEADERS, 1, indexed);
      server.client.send(FrameType.DATA, Flag.END_STREAM, 1, framed(Buffer.from('first')));
      // content-type, :path and :authority are 62, 63 and 64 now.
      server.client.send(FrameType.HEADERS, Flag.END_HEADERS, 3, '8386bebfc0'.replace('bebfc0', 'c0bfbe'));
      server.client.send(FrameType.DATA, Flag.END_STREAM, 3, framed(Buffer.from('second')));
      expect((await server.client.answer(3)).headers['grpc-status']).toBe('0');
      expect(server.bodies).toEqual(['first', 'second']);
      expect(server.started.outcomes.map(({ signal }) => signal)).toEqual(['traces', 'traces']);
    });

    it('frames for streams that it has reset, with their headers and against the window of the connection', async () => {
      server.client.headers(1, 0, without(':path'));
      await expect(server.client.reset(1)).resolves.toBe(ErrorCode.PROTOCOL_ERROR);
      for (let sent = 0; sent < 3 * MIB; sent += 16_384) {
        server.client.send(FrameType.DATA, 0, 1, Buffer.alloc(16_384));
      }
      // A trailer that the table remembers, and a request that refers to it.
      server.client.send(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1, '4001780179');
      server.client.send(
        FrameType.HEADERS,
        Flag.END_HEADERS,
        3,
        Buffer.concat([BLOCK, Buffer.from('be', 'hex')]),
      );
      server.client.send(FrameType.DATA, Flag.END_STREAM, 3, EMPTY_MESSAGE);
      expect((await server.client.answer(3)).headers['grpc-status']).toBe('0');
      const isOpened = ({ type, streamId, payload }: Frame): boolean =>
        type === FrameType.WINDOW_UPDATE && streamId === 0 && payload.readUInt32BE(0) === 2 * MIB;
      await server.client.frame(isOpened);
      expect(
        server.client.frames.some(({ type, streamId }) => type === FrameType.WINDOW_UPDATE && streamId === 1),
      ).toBe(false);
    });

    it('a body of many windows', async () => {
      await server.start({ maxReceiveBytes: 9 * MIB, maxInFlightBytes: 40 * MIB }, (body) =>
        Promise.resolve(Buffer.from(String(body.length))),
      );
      server.client.headers(1);
      const body = framed(Buffer.alloc(8 * MIB));
      let sent = 0;
      while (sent < body.length) {
        const room = Math.min(MIB + openedBy(1), 65_535 + openedBy(0)) - sent;
        const part = body.subarray(sent, sent + Math.min(room, 16_384));
        if (room < 16_384 && part.length < body.length - sent) {
          await server.client.settled();
          continue;
        }
        sent += part.length;
        server.client.send(FrameType.DATA, sent === body.length ? Flag.END_STREAM : 0, 1, part);
      }
      expect((await server.client.answer(1)).message.subarray(5).toString()).toBe(String(8 * MIB));
    });

    function openedBy(streamId: number): number {
      return server.client.frames
        .filter((frame) => frame.type === FrameType.WINDOW_UPDATE && frame.streamId === streamId)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
    }
  });

  describe('answers', () => {
    it('as the windows allow, also when they have changed before the answer begins', async () => {
      await server.start({}, () => Promise.resolve(Buffer.from('answer')));
      server.client.write(encodeSettings(new Map([[Setting.INITIAL_WINDOW_SIZE, 0]])));
      server.client.headers(1);
      server.client.write(encodeNumbers(FrameType.WINDOW_UPDATE, 1, 3));
      server.client.send(FrameType.DATA, Flag.END_STREAM, 1, EMPTY_MESSAGE);
      await server.client.frame(({ type }) => type === FrameType.DATA);
      expect(server.client.data(1)).toHaveLength(3);
      server.client.write(encodeSettings(new Map([[Setting.INITIAL_WINDOW_SIZE, 5]])));
      await server.client.settled();
      expect(server.client.data(1)).toHaveLength(8);
      server.client.write(encodeNumbers(FrameType.WINDOW_UPDATE, 1, 100));
      expect((await server.client.answer(1)).message.subarray(5).toString()).toBe('answer');
    });

    it('in frames that the client allows', async () => {
      await server.start({}, () => Promise.resolve(Buffer.alloc(50_000, 7)));
      server.client.request(1);
      const { message, headers } = await server.client.answer(1);
      expect(message.subarray(5).equals(Buffer.alloc(50_000, 7))).toBe(true);
      expect(headers['grpc-status']).toBe('0');
      expect(server.client.frames.every(({ payload }) => payload.length <= 16_384)).toBe(true);
    });

    it('with a table size first, once, after the client has stated one', async () => {
      server.client.write(encodeSettings(new Map([[Setting.HEADER_TABLE_SIZE, 0]])));
      server.client.request(1);
      server.client.request(3);
      await server.client.answer(3);
      const first = server.client.frames
        .filter(({ type }) => type === FrameType.HEADERS)
        .map(({ payload }) => payload[0]);
      expect(first.map((byte) => byte === 0x20)).toEqual([true, false, false, false]);
    });

    it('pings and settings', async () => {
      server.client.send(FrameType.PING, 0, 0, Buffer.from('abcdefgh'));
      const pong = await server.client.frame(({ type }) => type === FrameType.PING);
      expect([pong.flags, pong.payload.toString()]).toEqual([Flag.ACK, 'abcdefgh']);
      const isAck = ({ type, flags }: Frame): boolean => type === FrameType.SETTINGS && flags === Flag.ACK;
      expect((await server.client.frame(isAck)).payload).toHaveLength(0);
    });
  });

  it('refuses a header list that a few bytes stand for, and goes on', async () => {
    const entry = Buffer.concat([
      Buffer.from('400178', 'hex'),
      Buffer.from('7fa11e', 'hex'),
      Buffer.alloc(4000, 97),
    ]);
    const bomb = Buffer.alloc(12_000, 0xbe);
    server.client.send(FrameType.HEADERS, 0, 1, BLOCK).send(FrameType.CONTINUATION, 0, 1, entry);
    server.client.send(FrameType.CONTINUATION, Flag.END_HEADERS, 1, bomb);
    server.client.send(FrameType.DATA, Flag.END_STREAM, 1, EMPTY_MESSAGE);
    const { headers } = await server.client.answer(1);
    expect(headers['grpc-status']).toBe('8');
    expect(headers['grpc-message']).toMatch(/^headers of 48\d{6} bytes/);
    server.client.request(3);
    expect((await server.client.answer(3)).headers['grpc-status']).toBe('0');
  });

  it('reads no more from one that does not read its answers, and goes on when it does', async () => {
    const options = { maxConcurrentStreamsPerConnection: 10_000, maxInFlightBytes: 2 ** 30 };
    await server.start(options, () => Promise.resolve(Buffer.alloc(9000)));
    // No window holds the answers back, but that the socket is not read.
    const reader = server.open(new Map([[Setting.INITIAL_WINDOW_SIZE, 2 ** 31 - 1]]));
    reader.write(encodeNumbers(FrameType.WINDOW_UPDATE, 0, 2 ** 31 - 1 - 65_535));
    const { socket } = reader;
    await reader.settled();
    socket.pause();
    const message = framed(Buffer.alloc(9000));
    let last = -1;
    while (socket.writableLength < MIB && !reader.isClosed) {
      for (let count = 0; count < 20; count += 1) reader.request((last += 2), message);
      // What the kernel takes, it takes at once.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await server.isSound();
    expect(socket.writableLength).toBeGreaterThan(MIB / 2);
    socket.resume();
    const answered = (): number =>
      reader.frames.filter(({ type, flags }) => type === FrameType.HEADERS && (flags & Flag.END_STREAM) !== 0)
        .length;
    await until(() => answered() === (last + 1) / 2);
    expect((await reader.answer(last)).message).toHaveLength(9005);
    expect(server.started.connectionErrors).toEqual([]);
  });

  it('answers what runs when the client says GOAWAY, and then ends', async () => {
    server.hold();
    server.client.request(1).send(FrameType.GOAWAY, 0, 0, Buffer.alloc(8));
    await expect(server.client.goaway()).resolves.toBe(ErrorCode.NO_ERROR);
    server.release();
    expect((await server.client.answer(1)).headers['grpc-status']).toBe('0');
    await server.client.closed();
    expect(server.started.connectionErrors).toEqual([]);
  });

  it('takes what comes from one that hangs up as cancelled', async () => {
    server.client.headers(1).send(FrameType.DATA, 0, 1, Buffer.from('0000000064aa', 'hex'));
    server.client.socket.end();
    await server.client.closed();
    await until(() => server.started.outcomes.length === 1);
    expect(server.started.outcomes).toMatchObject([{ code: 'CANCELLED', receivedBytes: 6 }]);
    await until(() => server.started.receiver.connectionCount === 0);
  });

  it('serves no request behind its GOAWAY, and all before it', async () => {
    server.hold();
    server.client.request(1);
    await until(() => server.bodies.length === 1);
    const ended = server.started.receiver.shutdown(30_000);
    const goaway = await server.client.frame(({ type }) => type === FrameType.GOAWAY);
    expect(goaway.payload.readUInt32BE(0)).toBe(1);
    server.client.request(3);
    await server.client.settled();
    server.release();
    expect((await server.client.answer(1)).headers['grpc-status']).toBe('0');
    await server.client.closed();
    await ended;
    expect(server.client.frames.some(({ streamId }) => streamId === 3)).toBe(false);
    expect(server.bodies).toHaveLength(1);
  });

  it('does not wait for one that leaves its side open', async () => {
    await server.client.settled();
    server.client.request(1);
    await server.client.answer(1);
    const socket = server.client.socket as typeof server.client.socket & { allowHalfOpen: boolean };
    socket.allowHalfOpen = true;
    const begun = Date.now();
    await server.started.receiver.shutdown(30_000);
    expect(Date.now() - begun).toBeLessThan(20_000);
  });
});
