import type { Signal } from '../signal';
import { encodeBytesField } from '../wire/encode';

/** A field whose length takes more bytes than it must. */
function padded(number: number, content: Uint8Array): Buffer {
  const length = Buffer.of((content.length & 0x7f) | 0x80, (content.length >> 7) | 0x80, 0x80, 0x00);
  return Buffer.concat([Buffer.of((number * 8 + 2) | 0x80, 0x80, 0x00), length, content]);
}

const of = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts);
const field = (number: number, ...parts: Uint8Array[]): Buffer => encodeBytesField(number, of(...parts));
const text = (number: number, value: string): Buffer => encodeBytesField(number, value);
const string = (value: string): Buffer => text(1, value);
const attribute = (number: number, key: string, value: Uint8Array): Buffer =>
  field(number, text(1, key), encodeBytesField(2, value));
const fixed64 = (number: number, value: number): Buffer => {
  const bytes = Buffer.alloc(9, number * 8 + 1);
  bytes.writeBigUInt64LE(BigInt(value), 1);
  return bytes;
};
const double = (number: number, value: number): Buffer => {
  const bytes = Buffer.alloc(9, number * 8 + 1);
  bytes.writeDoubleLE(value, 1);
  return bytes;
};

/** One unknown field of every wire type, the last one a group with a field and a group in it. */
const UNKNOWN = of(
  Buffer.of(0xa0, 0x06, 0x96, 0x01), // 100: varint
  Buffer.of(0xa9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8), // 101: fixed64
  text(102, 'unknown'),
  Buffer.of(0xbd, 0x06, 1, 2, 3, 4), // 103: fixed32
  Buffer.of(0xc3, 0x06, 0x08, 0x01, 0x13, 0x14, 0xc4, 0x06), // 104: group
  Buffer.of(0x0d, 1, 2, 3, 4), // field 1 with a wire type that it does not have
);

const LIST = of(
  field(5, field(1, string('SECRET')), field(1, string('fine')), field(1, string('to BANISH'))),
);
const MAP = of(field(6, attribute(1, 'inner', string('SECRET')), attribute(1, 'mask-me', LIST)));
const NUMBERS = [Buffer.of(0x10, 1), Buffer.of(0x18, 0x2a), double(4, 0.5)];

/** Attributes of every type and for every rule. */
const attributes = (number: number): Buffer =>
  of(
    attribute(number, 'plain', string('as it was')),
    attribute(number, 'client.address', string('192.0.2.7')),
    attribute(number, 'text', string('a SECRET and a zap')),
    attribute(number, 'bytes', text(7, 'SECRET')),
    attribute(number, 'list', LIST),
    attribute(number, 'map', MAP),
    attribute(number, 'gone', string('to BANISH')),
    ...['drop-me', 'Mask-Me', 'hash-me'].flatMap((key) =>
      [string('x'), LIST, MAP, Buffer.alloc(0), ...NUMBERS].map((value) => attribute(number, key, value)),
    ),
    field(number, text(1, 'no value')),
    field(number),
  );

const exemplar = of(
  attributes(7),
  fixed64(2, 5),
  double(3, 1.5),
  text(4, '8 bytes.'),
  text(5, 'sixteen bytes...'),
);

/** Metric { data = number } with one point that has attributes and exemplars at the given fields. */
const metric = (
  number: number,
  attributesAt: number,
  exemplarsAt: number | undefined,
  ...rest: Buffer[]
): Buffer =>
  of(
    text(1, 'a SECRET name'),
    text(2, 'zap'),
    text(3, 's'),
    field(
      number,
      field(
        1,
        attributes(attributesAt),
        ...(exemplarsAt === undefined ? [] : [field(exemplarsAt, exemplar)]),
        ...rest,
      ),
      Buffer.of(0x10, 2),
    ),
    attributes(12),
  );

const COUNTS = [1, 2, 3];
const RECORDS: Readonly<Record<Signal, readonly Buffer[]>> = {
  traces: [
    of(
      text(1, 'sixteen bytes...'),
      text(2, '8 bytes.'),
      text(3, 'vendor=SECRET'),
      text(5, 'GET /SECRET'),
      Buffer.of(0x30, 2),
      fixed64(7, 1),
      fixed64(8, 2),
      attributes(9),
      field(11, fixed64(1, 3), text(2, 'zap'), attributes(3)),
      field(13, text(1, 'sixteen bytes...'), text(3, 'a=zap'), attributes(4)),
      field(15, text(2, 'SECRET'), Buffer.of(0x18, 2)),
      Buffer.of(0x85, 0x01, 1, 0, 0, 0),
    ),
  ],
  logs: [
    of(
      fixed64(1, 1),
      Buffer.of(0x10, 9),
      text(3, 'zap'),
      field(5, string('SECRET')),
      attributes(6),
      text(12, 'SECRET'),
    ),
    of(field(5, MAP), text(9, 'sixteen bytes...'), text(10, '8 bytes.')),
    of(field(5, LIST), encodeBytesField(9, Buffer.alloc(16)), fixed64(11, 4)),
    of(field(5, string('to BANISH'))),
  ],
  metrics: [
    metric(5, 7, 5, fixed64(3, 1), double(4, 1)),
    metric(7, 7, 5, fixed64(6, 1)),
    metric(9, 9, 8, field(6, ...COUNTS.map((count) => fixed64(1, count).subarray(1)))), // packed
    metric(9, 9, 8, ...COUNTS.map((count) => fixed64(6, count))), // the same unpacked
    metric(10, 1, 11, field(8, Buffer.of(0x08, 1), field(2, Buffer.of(1, 2, 3)))),
    metric(11, 7, undefined, field(6, double(1, 0.5), double(2, 7))),
  ],
};

const resource = of(
  attribute(1, 'service.name', string('plain')),
  attributes(1),
  field(3, text(2, 'service'), text(3, 'service.name'), text(3, 'drop-me'), text(4, 'zap')),
);
const scope = of(text(1, 'SECRET'), text(2, 'zap'), attributes(3));

function request(...records: Uint8Array[]): Buffer {
  const scopes = field(2, field(1, scope), ...records.map((record) => field(2, record)), text(3, 'zap'));
  return field(1, field(1, resource), scopes, text(3, 'https://example.com/SECRET'));
}

/** Requests that are told apart by how they are encoded, by file name. */
export function corpus(signal: Signal): Record<string, Buffer> {
  const [first = Buffer.alloc(0)] = RECORDS[signal];
  /** A resource whose one attribute has this content. */
  const inAttribute = (...parts: Uint8Array[]): Buffer =>
    field(1, field(1, field(1, ...parts)), field(2, field(2, first)));
  let deep: Buffer = string('SECRET');
  for (let depth = 0; depth < 100; depth += 1) deep = field(5, field(1, deep));
  return {
    'every-field': request(...RECORDS[signal]),
    empty: Buffer.alloc(0),
    'empty-messages': of(field(1), field(1, field(1), field(2)), field(1, field(2, field(1), field(2)))),
    'no-resource': field(1, field(2, field(2, first))),
    'two-resources': field(
      1,
      field(1, attributes(1)),
      field(1, attribute(1, 'service.name', string('plain'))),
    ),
    'resource-behind-records': field(1, field(2, field(2, first)), field(1, resource)),
    'value-before-key': inAttribute(field(2, string('x')), text(1, 'mask-me')),
    'two-keys': inAttribute(text(1, 'mask-me'), text(1, 'plain'), field(2, string('x'))),
    'two-values': inAttribute(text(1, 'k'), field(2, string('SECRET')), field(2, Buffer.of(0x18, 1))),
    'two-values-hashed': inAttribute(text(1, 'hash-me'), field(2, string('x')), field(2), field(2, LIST)),
    'two-members': inAttribute(text(1, 'k'), field(2, string('to BANISH'), Buffer.of(0x10, 1))),
    'long-varints': padded(
      1,
      of(
        padded(1, padded(1, of(padded(1, Buffer.from('mask-me')), padded(2, string('x'))))),
        padded(2, padded(2, first)),
      ),
    ),
    'unknown-fields': of(
      UNKNOWN,
      field(1, UNKNOWN, field(1, resource, UNKNOWN), field(2, UNKNOWN, field(2, first, UNKNOWN))),
    ),
    'unknown-in-attribute': inAttribute(UNKNOWN, text(1, 'mask-me'), field(2, UNKNOWN, string('x')), UNKNOWN),
    'not-utf8': inAttribute(
      text(1, 'k'),
      field(2, field(1, Buffer.of(0xff, 0xc3), Buffer.from('SECRET'), Buffer.of(0x80))),
    ),
    'refused-too-deep': inAttribute(text(1, 'k'), field(2, deep)),
    'refused-truncated': request(first).subarray(0, -3),
    'refused-truncated-inside': field(1, field(1, Buffer.of(0x0a, 0x20), text(1, 'mask-me'))),
    'refused-long-varint': of(Buffer.of(0x0a), Buffer.alloc(10, 0x80), Buffer.of(0)),
    'refused-field-zero': of(request(first), Buffer.of(0x02, 0x00)),
    'refused-wire-type': of(request(first), Buffer.of(0x0e)),
    'refused-group-open': of(request(first), Buffer.of(0xc3, 0x06, 0x08, 0x01)),
    'refused-group-closed-wrong': of(request(first), Buffer.of(0xc3, 0x06, 0xcc, 0x06)),
    'refused-group-closed-only': of(request(first), Buffer.of(0xc4, 0x06)),
    'refused-groups-too-deep': of(
      request(first),
      Buffer.alloc(66, Buffer.of(0xc3, 0x06)),
      Buffer.alloc(66, Buffer.of(0xc4, 0x06)),
    ),
  };
}
