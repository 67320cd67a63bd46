import fc from 'fast-check';
import type { Signal } from '../signal';
import { bytes, field, message, text } from './arbitrary-request';

/** Text in which the tests' filters find something, now and then. */
const INTERESTING = [
  'drop-me',
  'MASK-me',
  'hash-me',
  'a SECRET here',
  'SECRETSECRET',
  'to BANISH',
  'zap',
  'service.name',
  'client.address',
  'plain',
  '',
];

const varintField = (number: number): fc.Arbitrary<Buffer> =>
  fc.nat({ max: 127 }).map((value) => Buffer.from([number * 8, value]));
/** Of any size; below 0 it takes ten bytes. */
const int64Field = (number: number): fc.Arbitrary<Buffer> =>
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => {
    const bytes = [number * 8];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
    return Buffer.from([...bytes, Number(rest)]);
  });
const fixed64 = (number: number): fc.Arbitrary<Buffer> =>
  fc
    .oneof(fc.constant(Buffer.alloc(8)), bytes(8))
    .map((value) => Buffer.concat([Buffer.from([number * 8 + 1]), value, Buffer.alloc(8)], 9));
const id = (number: number, length: number): fc.Arbitrary<Buffer> =>
  field(
    number,
    fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array)),
  );

/**
 * Encoded Export requests with text in every place: fields in any order, repeated, missing, unknown.
 *
 * @param texts some of the strings, keys and bytes values
 */
export function arbitraryRecords(
  signal: Signal,
  texts: readonly string[] = INTERESTING,
): fc.Arbitrary<Buffer> {
  const string = text([...texts]);

  /** AnyValue, nested up to three lists or maps deep. */
  function anyValue(depth: number): fc.Arbitrary<Buffer> {
    const scalars = [
      field(1, string),
      field(1, string),
      varintField(2),
      varintField(3),
      int64Field(3),
      fixed64(4),
      field(7, string),
      varintField(8),
    ];
    if (depth === 0) return message(scalars, 2);
    const nested = anyValue(depth - 1);
    const list = message([field(1, nested)], 3);
    const map = message([field(1, keyValue(nested))], 3);
    return message([...scalars, field(5, list), field(6, map)], 2);
  }
  const keyValue = (value: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
    fc.oneof(
      // As a sender encodes it, mostly.
      {
        weight: 3,
        arbitrary: fc.tuple(field(1, string), field(2, value)).map((parts) => Buffer.concat(parts)),
      },
      { weight: 1, arbitrary: message([field(1, string), field(2, value)], 4) },
    );
  const value = anyValue(2);
  const attributes = (number: number): fc.Arbitrary<Buffer> => field(number, keyValue(value));

  const entityRef = message([field(1, string), field(2, string), field(3, string), field(4, string)], 4);
  const resource = message([attributes(1), varintField(2), field(3, entityRef)], 4);
  const scope = message([field(1, string), field(2, string), attributes(3)], 4);
  const exemplar = message([attributes(7), fixed64(2), id(4, 8)], 3);
  const numbers = message(
    [field(1, message([attributes(7), field(5, exemplar), fixed64(3)], 4)), varintField(2)],
    3,
  );

  const records: Readonly<Record<Signal, fc.Arbitrary<Buffer>>> = {
    traces: message(
      [
        id(1, 16),
        id(2, 8),
        field(3, string),
        field(5, string),
        varintField(6),
        fixed64(7),
        attributes(9),
        attributes(9),
        field(11, message([fixed64(1), field(2, string), attributes(3)], 4)),
        field(13, message([id(1, 16), field(3, string), attributes(4)], 4)),
        field(15, message([field(2, string), varintField(3)], 3)),
      ],
      6,
    ),
    logs: message(
      [
        fixed64(1),
        varintField(2),
        field(3, string),
        field(5, value),
        attributes(6),
        attributes(6),
        id(9, 16),
        id(10, 8),
        fixed64(11),
        field(12, string),
      ],
      6,
    ),
    metrics: message(
      [
        field(1, string),
        field(2, string),
        field(3, string),
        field(5, numbers),
        field(7, numbers),
        field(9, message([field(1, message([attributes(9), field(8, exemplar)], 4))], 3)),
        field(10, message([field(1, message([attributes(1), field(11, exemplar), fixed64(14)], 4))], 3)),
        field(11, message([field(1, message([attributes(7), fixed64(3)], 4))], 3)),
        attributes(12),
      ],
      5,
    ),
  };

  const scopes = message([field(1, scope), field(2, records[signal]), field(3, string)], 4);
  const container = message([field(1, resource), field(2, scopes), field(3, string)], 4);
  return message([field(1, container)], 3);
}
