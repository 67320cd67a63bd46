import fc from 'fast-check';
import { ErrorCode } from '../../http2/error-code';
import { Flag, FrameType, encodeFrame, encodeNumbers, encodeSettings } from '../../http2/frames';
import { type HeaderField, encodeHeaderBlock } from '../../http2/hpack/encode';
import { PREFACE } from '../../http2/preface';
import { Setting } from '../../http2/settings';
import { until } from '../testing/receivers';
import { EMPTY_MESSAGE, REQUEST, without } from './testing/raw-client';
import { UnaryServer } from './testing/unary-server';

const MAX_WINDOW = '7fffffff';
const BLOCK = encodeHeaderBlock(REQUEST);

const plus = (name: string, value: string): HeaderField[] => [...REQUEST, { name, value }];

/** Clients that break the rules. Each time another client is served. */
describe('the HTTP/2 server for unary calls', () => {
  const server = new UnaryServer();
  beforeEach(() => server.start());
  afterEach(async () => {
    await server.isSound();
    await server.stop();
  });

  describe('ends the connection for', () => {
    const flood = (send: (streamId: number) => void, count: number): void => {
      for (let streamId = 1; streamId < 2 * count; streamId += 2) send(streamId);
    };
    const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR } = ErrorCode;
    const { STREAM_CLOSED, ENHANCE_YOUR_CALM, COMPRESSION_ERROR } = ErrorCode;
    const settings = (id: number, value: number): Buffer => encodeSettings(new Map([[id, value]]));

    it.each<[what: string, send: () => void, code: number]>([
      [
        'a frame that is too long',
        () => server.client.send(FrameType.DATA, 0, 1, Buffer.alloc(16_385)),
        FRAME_SIZE_ERROR,
      ],
      [
        'headers that go on without end',
        () => {
          server.client.send(FrameType.HEADERS, 0, 1, BLOCK);
          for (let n = 0; n < 200; n += 1) server.client.send(FrameType.CONTINUATION, 0, 1);
        },
        ENHANCE_YOUR_CALM,
      ],
      [
        'headers that are too long',
        () => {
          server.client.send(FrameType.HEADERS, 0, 1, BLOCK);
          for (let n = 0; n < 5; n += 1)
            server.client.send(FrameType.CONTINUATION, 0, 1, Buffer.alloc(16_000));
        },
        ENHANCE_YOUR_CALM,
      ],
      [
        'another frame within headers',
        () => {
          server.client.send(FrameType.HEADERS, 0, 1, BLOCK);
          server.client.send(FrameType.PING, 0, 0, Buffer.alloc(8));
        },
        PROTOCOL_ERROR,
      ],
      [
        "another stream's CONTINUATION",
        () => {
          server.client.send(FrameType.HEADERS, 0, 1, BLOCK);
          server.client.send(FrameType.CONTINUATION, 0, 3);
        },
        PROTOCOL_ERROR,
      ],
      ['CONTINUATION of nothing', () => server.client.send(FrameType.CONTINUATION, 0, 1), PROTOCOL_ERROR],
      [
        'streams that are begun and reset without end (CVE-2023-44487)',
        () => {
          flood((id) => {
            server.client.headers(id);
            server.client.send(FrameType.RST_STREAM, 0, id, '00000008');
          }, 1200);
        },
        ENHANCE_YOUR_CALM,
      ],
      [
        'streams that it is made to reset without end (CVE-2025-8671)',
        () => {
          flood((id) => {
            server.client.headers(id);
            server.client.send(FrameType.WINDOW_UPDATE, 0, id, '00000000');
          }, 1200);
        },
        ENHANCE_YOUR_CALM,
      ],
      [
        'malformed requests without end',
        () => {
          flood((id) => {
            server.client.headers(id, Flag.END_STREAM, without(':path'));
          }, 1200);
        },
        ENHANCE_YOUR_CALM,
      ],
      [
        'an index in no table',
        () => server.client.send(FrameType.HEADERS, Flag.END_HEADERS, 1, 'be'),
        COMPRESSION_ERROR,
      ],
      [
        'a larger table than was offered',
        () => server.client.send(FrameType.HEADERS, Flag.END_HEADERS, 1, '3fe21f'),
        COMPRESSION_ERROR,
      ],
      [
        'headers that are cut off',
        () => server.client.send(FrameType.HEADERS, Flag.END_HEADERS, 1, '4001'),
        COMPRESSION_ERROR,
      ],
      ['a stream of the server', () => server.client.headers(2), PROTOCOL_ERROR],
      ['headers of no stream', () => server.client.headers(0), PROTOCOL_ERROR],
      [
        'a stream that is lower than the one before',
        () => {
          server.client.headers(5);
          server.client.headers(3);
        },
        STREAM_CLOSED,
      ],
      [
        'a stream that the client has reset, begun again',
        () => {
          server.client.headers(1);
          server.client.send(FrameType.RST_STREAM, 0, 1, '00000008');
          server.client.headers(1);
        },
        STREAM_CLOSED,
      ],
      [
        'headers on a stream that has ended',
        () => {
          server.hold();
          server.client.request(1);
          server.client.headers(1, Flag.END_STREAM);
        },
        STREAM_CLOSED,
      ],
      ['data on a stream that never was', () => server.client.send(FrameType.DATA, 0, 1), PROTOCOL_ERROR],
      ['data of no stream', () => server.client.send(FrameType.DATA, 0, 0), PROTOCOL_ERROR],
      [
        'a reset of a stream that never was',
        () => server.client.send(FrameType.RST_STREAM, 0, 1, '00000008'),
        PROTOCOL_ERROR,
      ],
      [
        'a window of a stream that never was',
        () => server.client.send(FrameType.WINDOW_UPDATE, 0, 7, '00000001'),
        PROTOCOL_ERROR,
      ],
      [
        'a window that opens by nothing',
        () => server.client.send(FrameType.WINDOW_UPDATE, 0, 0, '00000000'),
        PROTOCOL_ERROR,
      ],
      [
        'a window that is too large',
        () => server.client.send(FrameType.WINDOW_UPDATE, 0, 0, MAX_WINDOW),
        FLOW_CONTROL_ERROR,
      ],
      [
        'settings that make a window too large',
        () => {
          server.client.headers(1);
          server.client.send(FrameType.WINDOW_UPDATE, 0, 1, '00000001');
          server.client.write(settings(Setting.INITIAL_WINDOW_SIZE, 2 ** 31 - 1));
        },
        FLOW_CONTROL_ERROR,
      ],
      [
        'an initial window that is too large',
        () => server.client.write(settings(Setting.INITIAL_WINDOW_SIZE, 2 ** 31)),
        FLOW_CONTROL_ERROR,
      ],
      [
        'frames that are too short to be',
        () => server.client.write(settings(Setting.MAX_FRAME_SIZE, 16_383)),
        PROTOCOL_ERROR,
      ],
      [
        'push that is neither on nor off',
        () => server.client.write(settings(Setting.ENABLE_PUSH, 2)),
        PROTOCOL_ERROR,
      ],
      ['SETTINGS of odd length', () => server.client.send(FrameType.SETTINGS, 0, 0, '00'), FRAME_SIZE_ERROR],
      ['SETTINGS on a stream', () => server.client.send(FrameType.SETTINGS, 0, 1), PROTOCOL_ERROR],
      [
        'an ACK that says more',
        () => server.client.send(FrameType.SETTINGS, Flag.ACK, 0, '000400000001'),
        FRAME_SIZE_ERROR,
      ],
      ['a short PING', () => server.client.send(FrameType.PING, 0, 0, '00'), FRAME_SIZE_ERROR],
      ['a PING on a stream', () => server.client.send(FrameType.PING, 0, 1, Buffer.alloc(8)), PROTOCOL_ERROR],
      [
        'GOAWAY on a stream',
        () => server.client.send(FrameType.GOAWAY, 0, 1, Buffer.alloc(8)),
        PROTOCOL_ERROR,
      ],
      ['a short GOAWAY', () => server.client.send(FrameType.GOAWAY, 0, 0, Buffer.alloc(7)), FRAME_SIZE_ERROR],
      [
        'PRIORITY of nothing',
        () => server.client.send(FrameType.PRIORITY, 0, 0, Buffer.alloc(5)),
        PROTOCOL_ERROR,
      ],
      [
        'a short PRIORITY',
        () => server.client.send(FrameType.PRIORITY, 0, 1, Buffer.alloc(4)),
        FRAME_SIZE_ERROR,
      ],
      [
        'a push',
        () => server.client.send(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, '00000002'),
        PROTOCOL_ERROR,
      ],
      [
        'a short RST_STREAM',
        () => {
          server.client.headers(1);
          server.client.send(FrameType.RST_STREAM, 0, 1, '00');
        },
        FRAME_SIZE_ERROR,
      ],
      [
        'more padding than payload',
        () => {
          server.client.headers(1);
          server.client.send(FrameType.DATA, Flag.PADDED, 1, '05aaaa');
        },
        PROTOCOL_ERROR,
      ],
    ])('%s', async (_what, send, code) => {
      send();
      await expect(server.client.goaway()).resolves.toBe(code);
      await server.client.closed();
      expect(server.started.connectionErrors).toEqual(['protocol']);
    });

    it.each<[what: string, bytes: Buffer]>([
      ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
      ['a preface with a mistake at its end', Buffer.concat([PREFACE.subarray(0, 23), Buffer.from('x')])],
      ['a preface without SETTINGS', Buffer.concat([PREFACE, encodeNumbers(FrameType.WINDOW_UPDATE, 0, 1)])],
      ['a preface that ends with an ACK', Buffer.concat([PREFACE, Buffer.from('000000040100000000', 'hex')])],
    ])('%s', async (_what, bytes) => {
      const silent = server.silent();
      silent.write(bytes);
      await expect(silent.goaway()).resolves.toBe(PROTOCOL_ERROR);
      await silent.closed();
      expect(server.started.connectionErrors).toEqual(['protocol']);
    });

    it.each<[what: string, send: () => void]>([
      ['pings', () => server.client.send(FrameType.PING, 0, 0, Buffer.alloc(8))],
      ['answers to pings', () => server.client.send(FrameType.PING, Flag.ACK, 0, Buffer.alloc(8))],
      ['settings', () => server.client.write(encodeSettings(new Map()))],
      ['priorities', () => server.client.send(FrameType.PRIORITY, 0, 1, Buffer.alloc(5))],
      ['frames that it does not know', () => server.client.send(0xbe, 0, 1)],
      ['data of no bytes', () => server.client.send(FrameType.DATA, 0, 1)],
      ['data that is padding', () => server.client.send(FrameType.DATA, Flag.PADDED, 1, '020000')],
    ])('%s without end', async (_what, send) => {
      server.client.headers(1);
      for (let n = 0; n < 1010; n += 1) send();
      await expect(server.client.goaway()).resolves.toBe(ErrorCode.NO_ERROR);
      await server.client.closed();
      expect(server.started.connectionErrors).toEqual(['flood']);
      // What ran was answered first.
      expect((await server.client.answer(1)).headers['grpc-status']).toBe('14');
    });
  });

  describe('ends the stream only for', () => {
    const headers = (fields: readonly HeaderField[]) => (): void => {
      server.client.headers(1, Flag.END_STREAM, fields);
    };

    it.each<[what: string, send: () => void, code: number]>([
      ['no :path', headers(without(':path')), ErrorCode.PROTOCOL_ERROR],
      ['no :method', headers(without(':method')), ErrorCode.PROTOCOL_ERROR],
      ['no :scheme', headers(without(':scheme')), ErrorCode.PROTOCOL_ERROR],
      [
        'an empty :path',
        headers([...without(':path').slice(0, 2), { name: ':path', value: '' }]),
        ErrorCode.PROTOCOL_ERROR,
      ],
      [
        'a pseudo-header that is none',
        headers([{ name: ':status', value: '200' }, ...REQUEST]),
        ErrorCode.PROTOCOL_ERROR,
      ],
      [
        'a pseudo-header twice',
        headers([{ name: ':path', value: '/' }, ...REQUEST]),
        ErrorCode.PROTOCOL_ERROR,
      ],
      [
        'a pseudo-header behind others',
        headers([...without(':path'), { name: ':path', value: '/' }]),
        ErrorCode.PROTOCOL_ERROR,
      ],
      ['a name in upper case', headers(plus('X-Y', '1')), ErrorCode.PROTOCOL_ERROR],
      ['a name with a space', headers(plus('x y', '1')), ErrorCode.PROTOCOL_ERROR],
      ['an empty name', headers(plus('', '1')), ErrorCode.PROTOCOL_ERROR],
      ['a line end in a value', headers(plus('x', 'a\nb: c')), ErrorCode.PROTOCOL_ERROR],
      ['a zero in a value', headers(plus('x', 'a\0')), ErrorCode.PROTOCOL_ERROR],
      ['headers of HTTP/1.1', headers(plus('transfer-encoding', 'chunked')), ErrorCode.PROTOCOL_ERROR],
      ['te that is not trailers', headers(plus('te', 'gzip')), ErrorCode.PROTOCOL_ERROR],
      [
        'trailers that do not end it',
        () => {
          server.client.headers(1);
          server.client.headers(1, 0, [{ name: 'x', value: 'y' }]);
        },
        ErrorCode.PROTOCOL_ERROR,
      ],
      [
        'trailers with a pseudo-header',
        () => {
          server.client.headers(1);
          server.client.headers(1, Flag.END_STREAM);
        },
        ErrorCode.PROTOCOL_ERROR,
      ],
      [
        'data behind its end',
        () => {
          server.hold();
          server.client.request(1);
          server.client.send(FrameType.DATA, 0, 1, 'aa');
        },
        ErrorCode.STREAM_CLOSED,
      ],
      [
        'a window that opens by nothing',
        () => {
          server.client.headers(1);
          server.client.send(FrameType.WINDOW_UPDATE, 0, 1, '00000000');
        },
        ErrorCode.PROTOCOL_ERROR,
      ],
      [
        'a window that is too large',
        () => {
          server.client.headers(1);
          server.client.send(FrameType.WINDOW_UPDATE, 0, 1, MAX_WINDOW);
        },
        ErrorCode.FLOW_CONTROL_ERROR,
      ],
    ])('%s', async (_what, send, code) => {
      send();
      await expect(server.client.reset(1)).resolves.toBe(code);
      server.release();
      server.client.request(3);
      expect((await server.client.answer(3)).headers['grpc-status']).toBe('0');
      expect(server.started.connectionErrors).toEqual([]);
    });

    it('a stream more than it takes at a time', async () => {
      for (let id = 1; id <= 23; id += 2) server.client.headers(id);
      await expect(server.client.reset(21)).resolves.toBe(ErrorCode.REFUSED_STREAM);
      await expect(server.client.reset(23)).resolves.toBe(ErrorCode.REFUSED_STREAM);
      server.client.send(FrameType.DATA, Flag.END_STREAM, 23, EMPTY_MESSAGE); // was on its way
      server.client.send(FrameType.DATA, Flag.END_STREAM, 1, EMPTY_MESSAGE);
      expect((await server.client.answer(1)).headers['grpc-status']).toBe('0');
      server.client.request(25);
      expect((await server.client.answer(25)).headers['grpc-status']).toBe('0');
    });
  });

  const anyFrame = fc.record({
    type: fc.oneof(fc.nat(9), fc.nat(255)),
    flags: fc.oneof(fc.constantFrom(0, Flag.END_HEADERS, Flag.END_HEADERS | Flag.END_STREAM), fc.nat(255)),
    streamId: fc.oneof(fc.nat(9), fc.nat(2 ** 31 - 1)),
    payload: fc.oneof(
      fc.constantFrom(BLOCK, EMPTY_MESSAGE, Buffer.from('00000001', 'hex'), Buffer.alloc(8)),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    ),
  });

  it('serves others and forgets, whatever frames come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { maxLength: 30 }), async (frames) => {
        const fuzzer = server.open();
        for (const frame of frames) fuzzer.write(encodeFrame(frame));
        fuzzer.socket.end();
        await fuzzer.closed();
        await server.isSound();
        expect(server.started.connectionErrors.filter((reason) => reason === 'limit')).toEqual([]);
      }),
      { numRuns: 200 },
    );
    await until(() => server.started.receiver.connectionCount <= 2);
  }, 120_000);
});
