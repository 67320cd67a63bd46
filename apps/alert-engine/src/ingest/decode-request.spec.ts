import { OtlpError } from '@trace/otlp';
import fc from 'fast-check';
import { arbitraryLogs, arbitraryTraces, damaged } from '../testing/arbitrary-requests';
import { tracesRequest } from '../testing/otlp-encode';
import { referenceDecodeLogs, referenceDecodeTraces, type Decoded } from '../testing/reference-decoder';
import { decodeLogs, decodeTraces, type DecodeLimits, type Sink } from './decode-request';

const LIMITS: DecodeLimits = { maxNesting: 32, maxAttributes: 100, maxAttributeBytes: 1000 };

type Decode<Item> = (body: Buffer, limits: DecodeLimits, sink: Sink<Item>) => number;

function collect<Item>(decode: Decode<Item>, body: Buffer, limits = LIMITS): Decoded<Item> {
  const resources: { attributes: Record<string, string>; items: Item[] }[] = [];
  const unusable: string[] = [];
  const count = decode(body, limits, {
    resource: (attributes) => {
      resources.push({ attributes: Object.fromEntries(attributes), items: [] });
      return true;
    },
    item: (item) => resources.at(-1)?.items.push(item),
    unusable: (reason, times) => unusable.push(...Array<string>(times).fill(reason)),
  });
  return { count, resources, unusable };
}

describe.each([
  {
    name: 'decodeTraces',
    arbitrary: arbitraryTraces,
    decode: (body: Buffer): Decoded<unknown> => collect(decodeTraces, body),
    reference: referenceDecodeTraces,
  },
  {
    name: 'decodeLogs',
    arbitrary: arbitraryLogs,
    decode: (body: Buffer): Decoded<unknown> => collect(decodeLogs, body),
    reference: referenceDecodeLogs,
  },
])('$name against protobufjs', ({ arbitrary, decode, reference }) => {
  it('reads the same from every legal request', () => {
    let items = 0;
    fc.assert(
      fc.property(arbitrary, (body) => {
        const decoded = decode(body);
        expect(decoded).toEqual(reference(body));
        items += decoded.resources.flatMap((resource) => resource.items).length;
      }),
      { numRuns: 1500 },
    );
    expect(items).toBeGreaterThan(100);
  });

  it('refuses what protobufjs refuses, and agrees on the rest, when bytes are damaged', () => {
    let [refused, agreed] = [0, 0];
    fc.assert(
      fc.property(damaged(arbitrary), (body) => {
        let expected: Decoded<unknown>;
        try {
          expected = reference(body);
        } catch {
          refused += 1;
          expect(() => decode(body)).toThrow(OtlpError);
          return;
        }
        agreed += 1;
        expect(decode(body)).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(refused, agreed)).toBeGreaterThan(100);
  });
});

describe('decodeTraces', () => {
  it('tells the sink nothing of a request that is broken at its end', () => {
    const body = tracesRequest([['users', [{ endMillis: 5000, durationMillis: 10 }]]]);
    const seen: unknown[] = [];
    const note = (value: unknown): boolean => seen.push(value) > 0;
    const broken = Buffer.concat([body, Buffer.from([0x0a, 0x05, 0x12])]);
    expect(() => decodeTraces(broken, LIMITS, { resource: note, item: note, unusable: note })).toThrow(
      OtlpError,
    );
    expect(seen).toEqual([]);
  });

  it('reads no item of a resource that nobody wants', () => {
    const body = tracesRequest([['users', [{ endMillis: 5000, durationMillis: 10 }]]]);
    const item = jest.fn();
    expect(decodeTraces(body, LIMITS, { resource: () => false, item, unusable: item })).toBe(1);
    expect(item).not.toHaveBeenCalled();
  });

  it('passes over attributes past the limit, and says so; cuts long values', () => {
    const attributes = { a: '1', 'http.route': '/users/:id' };
    const span = { endMillis: 5000, durationMillis: 10, attributes };
    const body = tracesRequest([['users', [span]]], { region: 'x'.repeat(50) });
    const limited = collect(decodeTraces, body, { ...LIMITS, maxAttributes: 1, maxAttributeBytes: 3 });
    expect(limited.resources[0]?.attributes).toEqual({});
    expect(limited.resources[0]?.items[0]).not.toHaveProperty('route');
    expect(limited.unusable).toEqual(['too_many_attributes', 'too_many_attributes']);
    const cut = collect(decodeTraces, body, { ...LIMITS, maxAttributeBytes: 12 });
    expect(cut.resources[0]?.attributes).toEqual({ 'service.name': 'users', region: 'x'.repeat(12) });
    expect(cut.resources[0]?.items[0]).toMatchObject({
      kind: 'server',
      route: '/users/:id',
      durationMillis: 10,
    });
  });
});
