import fc from 'fast-check';

/** A varint padded to more bytes than it needs: legal, and some encoders write lengths so. */
function varint(value: number, padding = 0): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  for (let index = 0; index < padding; index += 1) {
    bytes.push((bytes.pop() ?? 0) + 128, 0);
  }
  return Buffer.from(bytes);
}

const padding = fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }));

export function field(number: number, content: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(content, padding, padding)
    .map(([bytes, tagPad, lengthPad]) =>
      Buffer.concat([varint(number * 8 + 2, tagPad), varint(bytes.length, lengthPad), bytes]),
    );
}

export const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Fields that no level knows, of every wire type, also a field that is known elsewhere with another type. */
const unknownField: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 9, max: 5000 }), fc.nat())
    .map(([n, v]) => Buffer.concat([varint(n * 8), varint(v)])),
  fc
    .tuple(fc.integer({ min: 9, max: 5000 }), bytes(8))
    .map(([n, b]) => Buffer.concat([varint(n * 8 + 1), pad(b, 8)])),
  fc
    .tuple(fc.integer({ min: 9, max: 5000 }), bytes(4))
    .map(([n, b]) => Buffer.concat([varint(n * 8 + 5), pad(b, 4)])),
  field(17, bytes(20)),
  fc.constant(Buffer.from([0x0d, 1, 2, 3, 4])), // field 1 as fixed32
  field(20, bytes(5)).map((inner) => Buffer.concat([varint(19 * 8 + 3), inner, varint(19 * 8 + 4)])), // a group
);

function pad(from: Buffer, length: number): Buffer {
  return Buffer.concat([from, Buffer.alloc(length)], length);
}

/** Any number of the given fields in any order, with unknown ones between them. */
export function message(fields: fc.Arbitrary<Buffer>[], maxLength: number): fc.Arbitrary<Buffer> {
  const any = fc.oneof(...fields.map((arbitrary) => ({ weight: 4, arbitrary })), {
    weight: 1,
    arbitrary: unknownField,
  });
  return fc.array(any, { maxLength }).map((parts) => Buffer.concat(parts));
}

const KEYS = ['service.name', 'service.owner', 'deployment.environment.name', 'cloud.region', 'a', ''];
const SERVICES = ['users', 'orders', 'unheard-of', ''];

export const text = (choices: string[]): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.constantFrom(...choices).map((choice) => Buffer.from(choice)),
    bytes(12),
  );

const anyValue = message(
  [
    field(1, text(SERVICES)),
    fc.constant(Buffer.from([0x10, 1])),
    fc.constant(Buffer.from([0x18, 0x96, 0x01])),
    fc.constant(Buffer.concat([Buffer.from([0x21]), Buffer.alloc(8, 3)])),
    field(5, bytes(6)),
    field(7, bytes(6)),
  ],
  2,
);
const keyValue = message([field(1, text(KEYS)), field(2, anyValue)], 4);
const resource = message([field(1, keyValue), fc.constant(Buffer.from([0x10, 2]))], 8);
const scopeSpans = field(2, bytes(200));
const container = message([field(1, resource), scopeSpans, field(3, bytes(10))], 5);

/** Encoded Export requests: fields in any order, repeated, missing, unknown, with padded varints. */
export const arbitraryRequest: fc.Arbitrary<Buffer> = message([field(1, container)], 5);

/** A request with a few bytes changed, removed or added, or its end cut off. */
export const arbitraryMutatedRequest: fc.Arbitrary<Buffer> = fc
  .tuple(
    arbitraryRequest,
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        remove: fc.integer({ min: 0, max: 3 }),
        insert: bytes(3),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([request, mutations]) =>
    mutations.reduce((changed, { at, remove, insert }) => {
      const offset = Math.floor(at * (changed.length + 1));
      return Buffer.concat([changed.subarray(0, offset), insert, changed.subarray(offset + remove)]);
    }, request),
  );
