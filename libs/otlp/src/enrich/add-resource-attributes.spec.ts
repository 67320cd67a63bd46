import fc from 'fast-check';
import { OtlpError } from '../status/otlp-error';
import { arbitraryMutatedRequest, arbitraryRequest } from '../testing/arbitrary-request';
import { type AttributesFor, addToDecoded, decodeRequest, encodeRequest, plain } from '../testing/reference';
import { encodeBytesField, encodeVarintField } from '../wire/encode';
import { type EnrichLimits, addResourceAttributes } from './add-resource-attributes';
import { AttributeAdditions } from './attribute-additions';
import type { ResourceView } from './resource-scan';
import { WantedKeys } from './wanted-keys';

const LIMITS: EnrichLimits = { maxResources: 100, maxAttributesPerResource: 50, maxOutputBytes: 1024 * 1024 };

const STATIC: Readonly<Record<string, string>> = {
  'deployment.environment.name': 'local',
  'cloud.region': 'eu-central-1',
};
const CATALOGUE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  users: { ...STATIC, 'service.owner': 'team-accounts', 'service.criticality': 'critical' },
  orders: { ...STATIC, 'service.owner': 'x'.repeat(200) },
};
const attributesFor: AttributesFor = (name) => CATALOGUE[name ?? ''] ?? STATIC;

const encoded = new Map<Readonly<Record<string, string>>, AttributeAdditions>(
  Object.values({ ...CATALOGUE, STATIC }).map((a) => [a, new AttributeAdditions(a)]),
);
const wanted = new WantedKeys(['k8s.pod.ip', 'service.name']);
const splice = (request: Buffer, limits = LIMITS): Buffer =>
  addResourceAttributes(
    request,
    { wanted, additionsFor: (resource) => encoded.get(attributesFor(resource.get('service.name')))! },
    limits,
  );

function reference(request: Buffer): unknown {
  const message = decodeRequest(request);
  addToDecoded(message, attributesFor, LIMITS);
  return plain(decodeRequest(encodeRequest(message)));
}

describe('addResourceAttributes against the protobufjs round trip', () => {
  it('gives the same message for every legal request', () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        expect(plain(decodeRequest(splice(request)))).toEqual(reference(request));
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses what protobufjs refuses, and agrees on the rest, when bytes are damaged', () => {
    let refused = 0;
    fc.assert(
      fc.property(arbitraryMutatedRequest, (request) => {
        let expected: unknown;
        try {
          expected = reference(request);
        } catch {
          refused += 1;
          expect(() => splice(request)).toThrow(OtlpError);
          return;
        }
        expect(plain(decodeRequest(splice(request)))).toEqual(expected);
      }),
      { numRuns: 6000 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  it('keeps every byte that it was not asked to change', () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const none = new AttributeAdditions({});
        expect(addResourceAttributes(request, { wanted, additionsFor: () => none }, LIMITS)).toBe(request);
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const once = splice(request);
        expect(splice(once)).toBe(once);
      }),
    );
  });
});

const keyValue = (key: string, value: Buffer): Buffer =>
  Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, value)]);
const serviceName = (name: string): Buffer =>
  encodeBytesField(1, keyValue('service.name', encodeBytesField(1, name)));
const container = (...resources: Buffer[]): Buffer =>
  encodeBytesField(1, Buffer.concat(resources.map((resource) => encodeBytesField(1, resource))));

describe('addResourceAttributes', () => {
  it('gives a Resource to a parent without one', () => {
    const result = decodeRequest(splice(encodeBytesField(1, encodeBytesField(2, Buffer.alloc(300)))));
    expect(result.containers?.[0]?.resource?.attributes).toHaveLength(2);
  });

  it('takes two Resources of one parent as one', () => {
    const [owner, name] = [
      encodeBytesField(1, keyValue('service.owner', Buffer.alloc(0))),
      serviceName('users'),
    ];
    const added = splice(container(name, owner));
    const keys = decodeRequest(added).containers?.[0]?.resource?.attributes?.map(({ key }) => String(key));
    expect(keys).toEqual([
      'service.name',
      'service.owner', // is there, though it has no value: not added again
      'deployment.environment.name',
      'cloud.region',
      'service.criticality',
    ]);
  });

  it('shows whose Resource it is by strings and whole numbers, the last member of a value that is set', () => {
    const text = (value: string): Buffer => encodeBytesField(1, value);
    const values: [string, Buffer][] = [
      ['text', text('a')],
      ['number', encodeVarintField(3, 300)],
      ['number-last', Buffer.concat([text('a'), encodeVarintField(3, 7)])],
      ['text-last', Buffer.concat([encodeVarintField(3, 7), text('b')])],
      ['bool-last', Buffer.concat([encodeVarintField(3, 7), encodeVarintField(2, 1)])],
      ['empty', text('')],
    ];
    const repeated: [string, Buffer][] = [
      ['repeated', encodeVarintField(3, 1)],
      ['repeated', text('first')],
      ['repeated', text('second')],
      ['repeated', encodeVarintField(3, 2)],
    ];
    const attributes = [...values, ...repeated].map(([key, value]) =>
      encodeBytesField(1, keyValue(key, value)),
    );
    const seen: unknown[] = [];
    const keys = [...values.map(([key]) => key), 'repeated'];
    const additionsFor = (resource: ResourceView): AttributeAdditions => {
      seen.push(keys.map((key) => resource.get(key)));
      return new AttributeAdditions({});
    };
    // The second Resource has none of them: nothing is left over from the first.
    const request = Buffer.concat([container(Buffer.concat(attributes)), container(serviceName('a'))]);
    addResourceAttributes(request, { wanted: new WantedKeys(keys), additionsFor }, LIMITS);
    expect(seen).toEqual([['a', '300', '7', 'b', undefined, undefined, 'first'], Array(7).fill(undefined)]);
  });

  it.each([
    ['resources', { maxResources: 1 }, Buffer.concat([container(), container()])],
    ['attributes', { maxAttributesPerResource: 1 }, container(serviceName('a'), serviceName('b'))],
    ['bytes', { maxOutputBytes: 20 }, container(Buffer.alloc(0))],
  ])('refuses too many %s', (what, limit, request) => {
    const spliceLimited = (): Buffer => splice(request, { ...LIMITS, ...limit });
    expect(spliceLimited).toThrow(OtlpError);
    expect(spliceLimited).toThrow(what);
  });
});
