import fc from 'fast-check';
import { Reader, Writer } from 'protobufjs';
import { OtlpError } from '../status/otlp-error';
import { varintLength, writeVarint } from './encode';
import { WireReader } from './wire-reader';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
/** A Long-like; the types of protobufjs ask for the Long package, its code does not. */
function toLong(value: bigint): number {
  return {
    low: Number(value & 0xffffffffn),
    high: Number((value >> 32n) & 0xffffffffn),
  } as unknown as number;
}
const refuses = (read: () => unknown, why: RegExp): void => {
  expect(read).toThrow(OtlpError);
  expect(read).toThrow(why);
};

describe('WireReader', () => {
  it('reads what protobufjs writes', () => {
    const values = fc.record({
      small: fc.maxSafeNat(),
      signed: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fixed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      double: fc.double({ noNaN: true }),
      text: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(values, ({ small, signed, fixed, double, text }) => {
        const encoded = Writer.create()
          .uint64(small)
          .int64(toLong(signed))
          .fixed64(toLong(fixed))
          .double(double)
          .string(text)
          .finish();
        const reader = new WireReader(encoded);
        expect(reader.varint()).toBe(small);
        expect(reader.int64()).toBe(signed);
        expect(reader.fixed64()).toBe(fixed);
        expect(reader.double()).toBe(double);
        expect(reader.string()).toBe(text);
        expect(reader.done).toBe(true);
      }),
    );
  });

  it('writes varints as protobufjs does', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const target = new Uint8Array(varintLength(value));
        expect(writeVarint(target, 0, value)).toBe(target.length);
        expect(target).toEqual(Uint8Array.from(Writer.create().uint64(value).finish()));
      }),
    );
  });

  it('skips exactly as far as protobufjs, or refuses with it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), (message) => {
        const reference = Reader.create(message);
        const reader = new WireReader(message);
        let expected: number;
        try {
          const tag = reference.tag();
          reference.skipType(tag & 7, undefined, tag >>> 3);
          expected = reference.pos;
        } catch {
          expect(() => {
            const tag = reader.tag();
            reader.skip(tag & 7, tag >>> 3);
          }).toThrow(OtlpError);
          return;
        }
        const tag = reader.tag();
        reader.skip(tag & 7, tag >>> 3);
        expect(reader.position).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('stays inside the message it was given', () => {
    const buffer = bytes(0x08, 0xff, 0x01);
    refuses(() => new WireReader(buffer, 1, 2).varint(), /truncated varint/);
    const outer = new WireReader(bytes(0x02, 0x08, 0x01, 0x09));
    const inner = outer.message();
    expect([inner.tag(), inner.varint(), inner.done, outer.varint()]).toEqual([8, 1, true, 9]);
  });

  it.each<[string, Uint8Array, (reader: WireReader) => unknown, RegExp]>([
    ['a varint cut off', bytes(0x80), (r) => r.varint(), /truncated varint/],
    [
      'a varint of eleven bytes',
      bytes(...Array<number>(10).fill(0x80), 1),
      (r) => r.varint(),
      /over ten bytes/,
    ],
    ['a tag of six bytes', bytes(0x88, 0x80, 0x80, 0x80, 0x80, 0), (r) => r.tag(), /field number/],
    ['field number 0', bytes(0x02), (r) => r.tag(), /field number/],
    ['nothing where a tag should be', bytes(), (r) => r.tag(), /truncated/],
    [
      'wire type 6',
      bytes(1),
      (r) => {
        r.skip(6);
      },
      /wire type 6/,
    ],
    [
      'an end of group without its start',
      bytes(),
      (r) => {
        r.skip(4);
      },
      /wire type 4/,
    ],
    ['a length that leaves the message', bytes(5, 1), (r) => r.bytes(), /length 5 leaves/],
    ['a length of 2^63', bytes(...Array<number>(9).fill(0x80), 1), (r) => r.bytes(), /leaves the message/],
    ['a fixed64 cut off', bytes(1, 2, 3), (r) => r.fixed64(), /truncated field/],
    [
      'a group that another ends',
      bytes(0x14),
      (r) => {
        r.skip(3, 1);
      },
      /wrong end of group/,
    ],
    [
      'groups nested without end',
      bytes(...Array<number>(100).fill(0x0b)),
      (r) => {
        r.skip(3, 1);
      },
      /nested over 32/,
    ],
  ])('refuses %s', (_what, message, read, why) => {
    refuses(() => read(new WireReader(message)), why);
  });
});
