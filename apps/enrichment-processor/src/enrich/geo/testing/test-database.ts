type Value = string | number | readonly Value[] | { readonly [key: string]: Value };

/**
 * A file in MaxMind DB format that gives every address the same record: one node, whose two sides are the data.
 * @see https://maxmind.github.io/MaxMind-DB/
 */
export function testDatabase(record: Value, ipVersion: 4 | 6 = 6): Buffer {
  const nodeCount = 1;
  const separatorBytes = 16;
  const side = Buffer.alloc(3);
  side.writeUIntBE(nodeCount + separatorBytes, 0, 3);
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'test',
    description: { en: 'test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodeCount,
    record_size: 24,
  };
  return Buffer.concat([
    side,
    side,
    Buffer.alloc(separatorBytes),
    encode(record),
    Buffer.from('abcdef', 'hex'),
    Buffer.from('MaxMind.com'),
    encode(metadata),
  ]);
}

const STRING = 2;
const DOUBLE = 3;
const UINT32 = 6;
const MAP = 7;
const ARRAY = 11;

function encode(value: Value): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([control(STRING, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number' && !(Number.isInteger(value) && value >= 0)) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(DOUBLE, bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(UINT32, bytes.length), bytes]);
  }
  if (isArray(value)) return Buffer.concat([control(ARRAY, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    control(MAP, entries.length),
    ...entries.flatMap(([key, inner]) => [encode(key), encode(inner)]),
  ]);
}

/** Types over 7 have a byte of their own. Sizes up to 28 only, which is enough here. */
function control(type: number, size: number): Buffer {
  return type > 7 ? Buffer.of(size, type - 7) : Buffer.of((type << 5) | size);
}

function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
