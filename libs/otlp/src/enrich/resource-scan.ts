import { OtlpError } from '../status/otlp-error';
import { WireReader } from '../wire/wire-reader';
import { type WantedKeys, bytesEqual } from './wanted-keys';

/** A longer value names no pod and no service, and is not worth decoding. */
const MAX_VALUE_BYTES = 1024;

/** The other members of AnyValue's oneof, as tags; whichever came last is the value. */
const OTHER_VALUE_TAGS: ReadonlySet<number> = new Set([
  0x10, // bool_value = 2
  0x18, // int_value = 3
  0x21, // double_value = 4
  0x2a, // array_value = 5
  0x32, // kvlist_value = 6
  0x3a, // bytes_value = 7
  0x40, // string_value_strindex = 8
]);

/** The attributes of one Resource, as far as they are wanted. Only to be used while it is being looked at. */
export interface ResourceView {
  /**
   * The first value of this key that is a non-empty string, else the first that is a whole number (in decimal).
   * Undefined for a key that is not among the wanted ones.
   */
  get(key: string): string | undefined;
}

/**
 * What must be known of one Resource to add attributes to it: where its keys are, and the values of the wanted
 * ones. Reused from one Resource to the next.
 */
export class ResourceScan implements ResourceView {
  /** Start and end offset of each attribute's key, one pair behind the other. */
  readonly #keys: number[] = [];
  /** Start and end offset (or INTEGER) of each wanted key's value, by its index; start -1: not there. */
  readonly #values: Int32Array;
  #anyValue = false;

  constructor(
    private readonly request: Buffer,
    private readonly wanted: WantedKeys,
    private readonly maxAttributes: number,
  ) {
    this.#values = new Int32Array(2 * wanted.size).fill(-1);
  }

  get(key: string): string | undefined {
    const index = this.wanted.indexOf(key);
    const start = index < 0 ? -1 : (this.#values[2 * index] ?? -1);
    if (start < 0) return undefined;
    const end = this.#values[2 * index + 1];
    if (end === INTEGER) return new WireReader(this.request, start).int64().toString();
    return this.request.toString('utf8', start, end);
  }

  reset(): void {
    this.#keys.length = 0;
    if (this.#anyValue) this.#values.fill(-1);
    this.#anyValue = false;
  }

  /**
   * Reads one Resource {attributes = 1}; a second one of the same parent is merged, as protobuf says. Spans, log
   * records and data points differ only in the tag of their attributes.
   */
  read(reader: WireReader, attributesTag = 0x0a): void {
    while (!reader.done) {
      const tag = reader.tag();
      if (tag !== attributesTag) {
        reader.skip(tag & 7, tag >>> 3);
        continue;
      }
      if (this.#keys.length / 2 >= this.maxAttributes) {
        throw new OtlpError(
          'INVALID_ARGUMENT',
          `over ${this.maxAttributes} attributes in one resource or record`,
        );
      }
      this.#readKeyValue(reader.message());
    }
  }

  /** A key counts as present whatever its value: a sender that sets an empty one means it. */
  has(key: Uint8Array): boolean {
    const keys = this.#keys;
    for (let index = 0; index < keys.length; index += 2) {
      if (bytesEqual(this.request, keys[index] ?? 0, keys[index + 1] ?? 0, key)) return true;
    }
    return false;
  }

  #readKeyValue(keyValue: WireReader): void {
    let keyStart = 0;
    let keyEnd = 0;
    const value: ScalarPlace = { start: -1, end: -1, isInteger: false };
    while (!keyValue.done) {
      const tag = keyValue.tag();
      if (tag === 0x0a) {
        keyEnd = keyValue.range();
        keyStart = keyValue.position;
        keyValue.position = keyEnd;
      } else if (tag === 0x12) {
        readScalarValue(keyValue.message(), value);
      } else {
        keyValue.skip(tag & 7, tag >>> 3);
      }
    }
    this.#keys.push(keyStart, keyEnd);
    const bytes = value.end - value.start;
    if (bytes <= 0 || bytes > MAX_VALUE_BYTES) return;
    const index = this.wanted.find(this.request, keyStart, keyEnd);
    if (index < 0) return;
    // The first of each kind, and a string rather than a number.
    const found = (this.#values[2 * index] ?? -1) >= 0;
    if (found && (value.isInteger || this.#values[2 * index + 1] !== INTEGER)) return;
    this.#values[2 * index] = value.start;
    this.#values[2 * index + 1] = value.isInteger ? INTEGER : value.end;
    this.#anyValue = true;
  }
}

/** In place of an end offset: the value is an int_value, whose varint begins at the start offset. */
const INTEGER = -2;
const INT_VALUE_TAG = 0x18;

/** Where an AnyValue's text or varint is. */
export interface ScalarPlace {
  /** -1: it is neither. */
  start: number;
  end: number;
  isInteger: boolean;
}

/** AnyValue: where its string_value or int_value is, if that is the member that is set. */
export function readScalarValue(anyValue: WireReader, found: ScalarPlace): void {
  while (!anyValue.done) {
    const tag = anyValue.tag();
    const start = anyValue.position;
    if (tag === 0x0a) {
      found.end = anyValue.range();
      found.start = anyValue.position;
      found.isInteger = false;
      anyValue.position = found.end;
      continue;
    }
    anyValue.skip(tag & 7, tag >>> 3);
    if (tag === INT_VALUE_TAG) {
      found.start = start;
      found.end = anyValue.position;
      found.isInteger = true;
    } else if (OTHER_VALUE_TAGS.has(tag)) found.start = found.end = -1;
  }
}
