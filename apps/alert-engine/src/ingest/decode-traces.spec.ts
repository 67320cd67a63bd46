import { OtlpError } from '@trace/otlp';
import fc from 'fast-check';
import { arbitraryDamagedTraces, arbitraryTraces } from '../testing/arbitrary-traces';
import { tracesRequest } from '../testing/otlp-encode';
import { referenceDecode, type Decoded } from '../testing/reference-decoder';
import { decodeTraces, type DecodeLimits } from './decode-traces';
import type { Span } from './span';

const LIMITS: DecodeLimits = { maxNesting: 32, maxAttributes: 100, maxAttributeBytes: 1000 };

function decode(body: Buffer, limits = LIMITS): Decoded {
  const resources: { attributes: Record<string, string>; spans: Span[] }[] = [];
  const unusable: string[] = [];
  const spanCount = decodeTraces(body, limits, {
    resource: (attributes) => resources.push({ attributes: Object.fromEntries(attributes), spans: [] }),
    span: (span) => resources.at(-1)?.spans.push(span),
    unusable: (reason, count) => unusable.push(...Array<string>(count).fill(reason)),
  });
  return { spanCount, resources, unusable };
}

describe('decodeTraces against protobufjs', () => {
  it('reads the same from every legal request', () => {
    let spans = 0;
    fc.assert(
      fc.property(arbitraryTraces, (body) => {
        const decoded = decode(body);
        expect(decoded).toEqual(referenceDecode(body));
        spans += decoded.resources.flatMap((resource) => resource.spans).length;
      }),
      { numRuns: 1500 },
    );
    expect(spans).toBeGreaterThan(100);
  });

  it('refuses what protobufjs refuses, and agrees on the rest, when bytes are damaged', () => {
    let [refused, agreed] = [0, 0];
    fc.assert(
      fc.property(arbitraryDamagedTraces, (body) => {
        let expected: Decoded;
        try {
          expected = referenceDecode(body);
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
    const note = (value: unknown): number => seen.push(value);
    const broken = Buffer.concat([body, Buffer.from([0x0a, 0x05, 0x12])]);
    expect(() => decodeTraces(broken, LIMITS, { resource: note, span: note, unusable: note })).toThrow(
      OtlpError,
    );
    expect(seen).toEqual([]);
  });

  it('passes over attributes past the limit, and says so; cuts long values', () => {
    const attributes = { a: '1', 'http.route': '/users/:id' };
    const span = { endMillis: 5000, durationMillis: 10, attributes };
    const body = tracesRequest([['users', [span]]], { region: 'x'.repeat(50) });
    const { resources, unusable } = decode(body, { ...LIMITS, maxAttributes: 1, maxAttributeBytes: 3 });
    expect(resources[0]?.attributes).toEqual({});
    expect(resources[0]?.spans[0]).not.toHaveProperty('route');
    expect(unusable).toEqual(['too_many_attributes', 'too_many_attributes']);
    const cut = decode(body, { ...LIMITS, maxAttributeBytes: 12 });
    expect(cut.resources[0]?.attributes).toEqual({ 'service.name': 'users', region: 'x'.repeat(12) });
    expect(cut.resources[0]?.spans[0]).toMatchObject({
      kind: 'server',
      route: '/users/:id',
      durationMillis: 10,
    });
  });
});
