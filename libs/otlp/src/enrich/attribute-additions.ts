import {
  encodeBytesField,
  encodeDoubleField,
  encodeVarintField,
  varintLength,
  writeVarint,
} from '../wire/encode';

/** A `double_value`. JavaScript has one type of numbers, and 52.0 as an `int_value` is of another type to a backend. */
export interface DoubleValue {
  readonly double: number;
}

/** A value that can be added; a bare number is a whole one from 0 on (`int_value`). */
export type AttributeValue = string | number | boolean | DoubleValue | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * Attributes encoded once, to be copied into any number of Resources. A processor keeps one of these for each pod
 * of a cluster, so all of one's bytes lie in one buffer of their own, and the keys are shared between them.
 */
export class AttributeAdditions {
  readonly keys: readonly Buffer[];
  /** ResourceSpans.resource (field 1; the same in logs and metrics) that holds nothing but the attributes. */
  readonly resource: Buffer;
  /** Where each attribute's field begins in `resource`, and last where it ends. */
  readonly #offsets: Uint32Array;

  constructor(attributes: Attributes) {
    const entries = Object.entries(attributes);
    this.keys = sharedKeys(entries.map(([key]) => key));
    const values = entries.map(([, value]) => (typeof value === 'string' ? value : encodeAnyValue(value)));
    const sizes = values.map((value, index) => fieldSizes(this.keys[index]?.length ?? 0, value));
    const fieldsBytes = sizes.reduce((bytes, { field }) => bytes + 1 + varintLength(field) + field, 0);
    // Exactly as large as it must be, and no piece of Node's pool, 8 KiB of which would live as long as this:
    // thousands of pods are encoded in one go when telemetry begins to flow.
    const resource = Buffer.from(new ArrayBuffer(1 + varintLength(fieldsBytes) + fieldsBytes));
    this.#offsets = new Uint32Array(entries.length + 1);
    let at = writeTagAndLength(resource, 0, 0x0a, fieldsBytes);
    values.forEach((value, index) => {
      this.#offsets[index] = at;
      const key = this.keys[index];
      const size = sizes[index];
      if (key === undefined || size === undefined) return;
      // Resource.attributes = 1 { key = 1, value = 2 { string_value = 1 } }
      at = writeTagAndLength(resource, at, 0x0a, size.field);
      at = writeTagAndLength(resource, at, 0x0a, key.length);
      at += key.copy(resource, at);
      at = writeTagAndLength(resource, at, 0x12, size.value);
      if (typeof value === 'string') {
        at = writeTagAndLength(resource, at, 0x0a, size.text);
        at += resource.write(value, at);
      } else {
        at += value.copy(resource, at);
      }
    });
    this.#offsets[entries.length] = at;
    this.resource = resource;
  }

  /** All attributes, one behind the other. */
  get fields(): Buffer {
    return this.resource.subarray(this.#offsets[0]);
  }

  /** Resource.attributes (field 1) with tag and length, holding the attribute at this place. */
  field(index: number): Buffer {
    return this.resource.subarray(this.#offsets[index], this.#offsets[index + 1]);
  }
}

function fieldSizes(
  keyBytes: number,
  value: string | Buffer,
): { field: number; value: number; text: number } {
  const text = typeof value === 'string' ? Buffer.byteLength(value) : 0;
  const valueBytes = typeof value === 'string' ? 1 + varintLength(text) + text : value.length;
  const field = 1 + varintLength(keyBytes) + keyBytes + 1 + varintLength(valueBytes) + valueBytes;
  return { field, value: valueBytes, text };
}

function writeTagAndLength(target: Buffer, at: number, tag: number, length: number): number {
  target[at] = tag;
  return writeVarint(target, at + 1, length);
}

/** Lists of keys, of which there are as many as there are shapes of pods. */
const keyLists = new Map<string, readonly Buffer[]>();
const MAX_KEY_LISTS = 1_000;

function sharedKeys(keys: readonly string[]): readonly Buffer[] {
  const name = keys.join('\0');
  let list = keyLists.get(name);
  if (list === undefined) {
    if (keyLists.size >= MAX_KEY_LISTS) keyLists.clear();
    keyLists.set(name, (list = keys.map((key) => Buffer.from(key))));
  }
  return list;
}

/** opentelemetry.proto.common.v1.KeyValue {key = 1, value = 2}. */
export function encodeKeyValue(key: string, value: AttributeValue): Buffer {
  return Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, encodeAnyValue(value))]);
}

/** opentelemetry.proto.common.v1.AnyValue. */
function encodeAnyValue(value: AttributeValue): Buffer {
  switch (typeof value) {
    case 'string':
      return encodeBytesField(1, value);
    case 'boolean':
      return encodeVarintField(2, value ? 1 : 0);
    case 'number':
      if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a whole number: ${value}`);
      return encodeVarintField(3, value);
    default:
      if ('double' in value) return encodeDoubleField(4, value.double);
      // array_value = 5: ArrayValue { repeated AnyValue values = 1 }
      return encodeBytesField(
        5,
        Buffer.concat(value.map((item) => encodeBytesField(1, encodeAnyValue(item)))),
      );
  }
}
