import fc from 'fast-check';
import { bytes, field, message } from '../testing/arbitrary-request';
import { OtlpError } from '../status/otlp-error';
import { WireReader } from '../wire/wire-reader';
import { encodeBytesField } from '../wire/encode';
import { splitRequest } from './split-request';

interface Flat {
  /** Each record with the fields of its resource and scope around it, in order. */
  readonly records: string[];
  /** Every field that is neither shared nor a child, at any level. */
  readonly others: string[];
}

const hex = (buffer: Uint8Array, start: number, end: number): string =>
  Buffer.from(buffer.subarray(start, end)).toString('hex');

/** The simple way: walk all, and write down each record under what surrounds it. */
function flatten(requests: readonly Uint8Array[]): Flat {
  const flat: Flat = { records: [], others: [] };
  const walk = (reader: WireReader, depth: number, around: string): void => {
    const childTag = depth === 0 ? 0x0a : 0x12;
    const children: WireReader[] = [];
    const records: string[] = [];
    let shared = '';
    while (!reader.done) {
      const start = reader.position;
      const tag = reader.tag();
      if (tag === childTag && depth < 2) {
        children.push(reader.message());
        continue;
      }
      reader.skip(tag & 7, tag >>> 3);
      const raw = hex(reader.buffer, start, reader.position);
      if (tag === childTag) records.push(raw);
      else if (depth > 0 && (tag === 0x0a || tag === 0x1a)) shared += raw;
      else flat.others.push(raw);
    }
    const inside = `${around}/${shared}`;
    for (const record of records) flat.records.push(`${inside}/${record}`);
    for (const child of children) walk(child, depth + 1, inside);
  };
  for (const request of requests) walk(new WireReader(request), 0, '');
  flat.others.sort();
  return flat;
}

const record = field(2, bytes(60));
const scopeSpans = field(2, message([field(1, bytes(10)), record, record, record, field(3, bytes(6))], 12));
const resourceSpans = field(1, message([field(1, bytes(20)), scopeSpans, scopeSpans], 8));
const request = message([resourceSpans, resourceSpans], 6);

describe('splitRequest', () => {
  it('loses, adds and reorders nothing, and keeps to the limit', () => {
    let cut = 0;
    fc.assert(
      fc.property(request, fc.integer({ min: 150, max: 600 }), (whole, maxBytes) => {
        let parts: Buffer[];
        try {
          parts = [...splitRequest(whole, maxBytes)];
        } catch (error) {
          expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
          return;
        }
        if (parts.length > 1) cut += 1;
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(maxBytes);
        expect(flatten(parts)).toEqual(flatten([whole]));
      }),
      { numRuns: 1500 },
    );
    expect(cut).toBeGreaterThan(50);
  });

  const nest = (...records: Buffer[]): Buffer =>
    encodeBytesField(1, encodeBytesField(2, Buffer.concat(records.map((each) => encodeBytesField(2, each)))));

  it('cuts between resources first', () => {
    const one = nest(Buffer.alloc(40), Buffer.alloc(40));
    expect([...splitRequest(Buffer.concat([one, one, one]), 2 * one.length)]).toEqual([
      Buffer.concat([one, one]),
      one,
    ]);
  });

  it('refuses a record that is too large alone, for good and by name', () => {
    expect(() => splitRequest(nest(Buffer.alloc(10), Buffer.alloc(500)), 200)).toThrow(
      expect.objectContaining({
        code: 'RESOURCE_EXHAUSTED',
        retryable: false,
        message: expect.stringMatching(/one record of 500 bytes.*forward\.maxRequestBytes/) as string,
      }) as Error,
    );
  });

  it('refuses a resource that leaves no room for records', () => {
    const large = encodeBytesField(1, encodeBytesField(1, Buffer.alloc(500)));
    expect(() => splitRequest(large, 200)).toThrow(/one record/);
  });

  it('refuses at once what would be many times as much in parts', () => {
    const resource = encodeBytesField(1, Buffer.alloc(65_300));
    const records = Array.from({ length: 6000 }, () => encodeBytesField(2, Buffer.alloc(80)));
    const request = encodeBytesField(
      1,
      Buffer.concat([resource, encodeBytesField(2, Buffer.concat(records))]),
    );
    expect(() => splitRequest(request, 65_536)).toThrow(
      expect.objectContaining({
        code: 'RESOURCE_EXHAUSTED',
        retryable: false,
        message: expect.stringMatching(/over 4 times.*resource and scope/) as string,
      }) as Error,
    );
  });

  it('makes a part when it is asked for', () => {
    const one = nest(Buffer.alloc(40));
    const whole = Buffer.concat([one, one, one]);
    expect([...splitRequest(whole, one.length)]).toEqual([one, one, one]);
    const parts = splitRequest(whole, one.length)[Symbol.iterator]();
    parts.next();
    whole.fill(0xff); // not what a caller may do, but it shows what has been looked at
    expect(() => parts.next()).toThrow(OtlpError);
  });

  it('blames malformed bytes on the sender', () => {
    expect(() =>
      splitRequest(Buffer.concat([nest(Buffer.alloc(300)), Buffer.from([0x0a, 0x7f])]), 200),
    ).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error);
  });
});
