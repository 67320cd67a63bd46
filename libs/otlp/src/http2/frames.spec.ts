import fc from 'fast-check';
import { FrameReader } from './frame-reader';
import { ConnectionError, Flag, type Frame, FrameType, contentOf, encodeFrame } from './frames';

const frames = fc.array(
  fc.record({
    type: fc.nat(255),
    flags: fc.nat(255),
    streamId: fc.nat(2 ** 31 - 1),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 8 },
);

describe('frames', () => {
  it('are the same however the bytes arrive, in a buffer that is used again', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (sent, sizes) => {
        const seen: Frame[] = [];
        const reader = new FrameReader((frame) => {
          seen.push({ ...frame, payload: Buffer.from(frame.payload) });
          return true;
        });
        const bytes = Buffer.concat(sent.map(encodeFrame));
        const buffer = Buffer.alloc(400);
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const length = Math.min(sizes[turn % sizes.length] ?? 1, bytes.length - at);
          bytes.copy(buffer, 0, at, at + length);
          reader.feed(buffer.subarray(0, length));
          buffer.fill(0xee);
          at += length;
        }
        expect(seen).toEqual(sent);
      }),
    );
  });

  it('are refused when they are longer than was announced, before they have arrived', () => {
    const reader = new FrameReader(() => true);
    expect(() => {
      reader.feed(Buffer.from('004001000000000001', 'hex'));
    }).toThrow(ConnectionError);
  });

  it('are not read on when the one before ended the connection', () => {
    let count = 0;
    const reader = new FrameReader(() => {
      count += 1;
      return false;
    });
    const frame = encodeFrame({ type: FrameType.PING, flags: 0, streamId: 0, payload: Buffer.alloc(8) });
    reader.feed(Buffer.concat([frame, frame]));
    expect(count).toBe(1);
  });

  it('give their content without padding and priority', () => {
    const content = (type: number, flags: number, hex: string): string =>
      contentOf({ type, flags, streamId: 1, payload: Buffer.from(hex, 'hex') }).toString('hex');
    expect(content(FrameType.DATA, 0, 'aabb')).toBe('aabb');
    expect(content(FrameType.DATA, Flag.PADDED, '02aabb0000')).toBe('aabb');
    expect(content(FrameType.HEADERS, Flag.PADDED | Flag.PRIORITY, '010000000010aabb00')).toBe('aabb');
    expect(content(FrameType.DATA, Flag.PRIORITY, 'aa')).toBe('aa');
    expect(() => content(FrameType.DATA, Flag.PADDED, '02aa')).toThrow(ConnectionError);
    expect(() => content(FrameType.DATA, Flag.PADDED, '')).toThrow(ConnectionError);
    expect(() => content(FrameType.HEADERS, Flag.PRIORITY, 'aabb')).toThrow(ConnectionError);
  });
});
