import { encodeBytesField, encodeVarintField } from '@trace/otlp';
import fc from 'fast-check';

/** Requests as encoders might write them: fields in any order, repeated, unknown ones among them. */
type Field = fc.Arbitrary<Buffer>;

const many = (field: Field, maxLength: number): fc.Arbitrary<Buffer[]> => fc.array(field, { maxLength });

/** A message of these fields, shuffled. */
const message = (...parts: (Field | fc.Arbitrary<Buffer[]>)[]): Field =>
  fc
    .tuple(...parts, many(unknown, 1))
    .chain((fields) => {
      const all = fields.flat();
      return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
    })
    .map((fields) => Buffer.concat(fields));

const bytes = (field: number, value: Field): Field =>
  value.map((content) => encodeBytesField(field, content));
const text = (field: number, value: fc.Arbitrary<string>): Field =>
  value.map((content) => encodeBytesField(field, content));
const varint = (field: number, max = 10): Field =>
  fc.integer({ min: 0, max }).map((value) => encodeVarintField(field, value));
const maybe = (field: Field): fc.Arbitrary<Buffer[]> => many(field, 1);

const unknown: Field = fc.oneof(
  text(99, fc.string({ maxLength: 5 })),
  varint(100, 2 ** 40),
  // A known field number in a wire type that is not its own.
  varint(1),
  fc.constant(Buffer.from([0x4d, 1, 2, 3, 4])),
);

const time = (field: number): Field =>
  fc.bigInt({ min: 0n, max: 30n }).map((offset) => {
    const encoded = Buffer.alloc(9);
    encoded.writeUInt8(field * 8 + 1);
    // Zero now and then: a time that was not set.
    encoded.writeBigUInt64LE(offset === 0n ? 0n : 1_700_000_000_000_000_000n + offset * 1_234_567n, 1);
    return encoded;
  });

const double: Field = fc.double({ noNaN: true }).map((value) => {
  const encoded = Buffer.alloc(9);
  encoded.writeUInt8(4 * 8 + 1);
  encoded.writeDoubleLE(value, 1);
  return encoded;
});

const { anyValue, keyValue } = fc.letrec<{ anyValue: Buffer; keyValue: Buffer }>((tie) => ({
  anyValue: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text(1, fc.string({ maxLength: 8 })),
    varint(2, 1),
    varint(3, Number.MAX_SAFE_INTEGER),
    double,
    fc.constant(Buffer.alloc(0)),
    bytes(
      5,
      many(bytes(1, tie('anyValue')), 2).map((values) => Buffer.concat(values)),
    ),
    bytes(
      6,
      many(bytes(1, tie('keyValue')), 2).map((values) => Buffer.concat(values)),
    ),
    text(7, fc.string({ maxLength: 4 })),
  ),
  keyValue: message(
    text(1, fc.constantFrom('http.route', 'rpc.service', 'rpc.method', 'service.name', 'x', '')),
    many(bytes(2, tie('anyValue')), 2),
  ),
}));

const id = (field: number, length: number): Field =>
  fc
    .oneof(
      { weight: 8, arbitrary: fc.uint8Array({ minLength: length, maxLength: length }) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: length + 2 }) },
      { weight: 1, arbitrary: fc.constant(new Uint8Array(length)) },
    )
    .map((value) => encodeBytesField(field, value));

const span = message(
  id(1, 16),
  id(2, 8),
  maybe(id(4, 8)),
  maybe(
    fc.oneof(
      varint(6, 7),
      fc.constantFrom(2 ** 32 + 2, 2 ** 52 + 3).map((kind) => encodeVarintField(6, kind)),
    ),
  ),
  maybe(time(7)),
  time(7),
  time(8),
  many(bytes(9, keyValue), 4),
  many(bytes(11, message(many(bytes(3, keyValue), 1))), 1),
  many(bytes(13, message(many(bytes(4, anyValue), 1))), 1),
  many(bytes(15, message(maybe(varint(3, 3)), maybe(text(2, fc.string())))), 2),
);
const logRecord = message(
  maybe(time(1)),
  maybe(time(11)),
  maybe(varint(2, 30)),
  many(bytes(5, anyValue), 2),
  many(bytes(6, keyValue), 2),
  maybe(id(9, 16)),
  maybe(id(10, 8)),
);

/** An Export…ServiceRequest of such items: fields 1, 2 and 2 have the same numbers for all signals. */
const requestOf = (item: Field): Field => {
  const scope = message(maybe(bytes(1, message(many(bytes(3, keyValue), 1)))), many(bytes(2, item), 3));
  const resource = message(many(bytes(1, keyValue), 4));
  return message(many(bytes(1, message(many(bytes(1, resource), 2), many(bytes(2, scope), 2))), 2));
};

export const arbitraryTraces: Field = requestOf(span);
export const arbitraryLogs: Field = requestOf(logRecord);

/** The same with a few bytes changed, or cut off. */
export const damaged = (request: Field): Field =>
  fc
    .tuple(
      request,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
      fc.option(fc.nat()),
    )
    .map(([body, changes, cutAt]) => {
      if (body.length === 0) return body;
      const changed = Buffer.from(body);
      for (const [at, value] of changes) changed[at % changed.length] = value;
      return cutAt === null ? changed : changed.subarray(0, cutAt % changed.length);
    });
