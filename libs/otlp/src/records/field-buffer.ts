import { type AttributeValue, encodeKeyValue } from '../enrich/attribute-additions';
import { varintLength, writeVarint } from '../wire/encode';

const FIRST_CHUNK_BYTES = 4 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;
/** Up to here a loop over an ASCII string is quicker than the call that encodes any. */
const SHORT_TEXT = 128;

/**
 * Encoded fields of many records, one behind the other in chunks that they share: a buffer for each attribute
 * costs more than all the parsing.
 */
export class FieldBuffer {
  #chunk = Buffer.alloc(0);
  #chunkBytes = FIRST_CHUNK_BYTES / 2;
  /** Where the fields that are not yet taken begin. */
  #start = 0;
  #at = 0;

  /** The fields since the last call; undefined if there are none. They stay as they are. */
  take(): Uint8Array | undefined {
    if (this.#at === this.#start) return undefined;
    const fields = this.#chunk.subarray(this.#start, this.#at);
    this.#start = this.#at;
    return fields;
  }

  /** A KeyValue field; the tag is one byte. */
  attribute(tag: number, key: Buffer, value: AttributeValue): void {
    if (typeof value === 'string') {
      this.#stringAttribute(tag, key, value);
    } else if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) {
      this.#keyValue(tag, key, 1 + varintLength(value));
      this.#byte(0x18); // int_value = 3
      this.#varint(value);
    } else if (typeof value === 'object' && 'double' in value) {
      this.#keyValue(tag, key, 9);
      this.#byte(0x21); // double_value = 4
      this.#at = this.#chunk.writeDoubleLE(value.double, this.#at);
    } else {
      this.bytes(tag, encodeKeyValue(key.toString(), value));
    }
  }

  /** A length-delimited field. */
  bytes(tag: number, bytes: Uint8Array): void {
    this.#reserve(1 + varintLength(bytes.length) + bytes.length);
    this.#byte(tag);
    this.#varint(bytes.length);
    this.#chunk.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A varint field. */
  varint(tag: number, value: number): void {
    this.#reserve(1 + varintLength(value));
    this.#byte(tag);
    this.#varint(value);
  }

  /** A fixed64 field; bits above the 64th are dropped. */
  fixed64(tag: number, value: bigint): void {
    this.#reserve(9);
    this.#byte(tag);
    this.#at = this.#chunk.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
  }

  #stringAttribute(tag: number, key: Buffer, text: string): void {
    const isShortAscii = isShortAsciiText(text);
    const bytes = isShortAscii ? text.length : Buffer.byteLength(text);
    this.#keyValue(tag, key, 1 + varintLength(bytes) + bytes);
    this.#byte(0x0a); // string_value = 1
    this.#varint(bytes);
    if (!isShortAscii) {
      this.#at += this.#chunk.write(text, this.#at);
      return;
    }
    const chunk = this.#chunk;
    const at = this.#at;
    for (let index = 0; index < bytes; index += 1) chunk[at + index] = text.charCodeAt(index);
    this.#at = at + bytes;
  }

  /** KeyValue { key = 1, value = 2 }, up to the content of the value, for which there is room then. */
  #keyValue(tag: number, key: Buffer, valueBytes: number): void {
    const content = 1 + varintLength(key.length) + key.length + 1 + varintLength(valueBytes) + valueBytes;
    this.#reserve(1 + varintLength(content) + content);
    this.#byte(tag);
    this.#varint(content);
    this.#byte(0x0a);
    this.#varint(key.length);
    this.#chunk.set(key, this.#at);
    this.#at += key.length;
    this.#byte(0x12);
    this.#varint(valueBytes);
  }

  #byte(byte: number): void {
    this.#chunk[this.#at] = byte;
    this.#at += 1;
  }

  #varint(value: number): void {
    this.#at = writeVarint(this.#chunk, this.#at, value);
  }

  /** What one record has so far goes with it into a new chunk, so that it stays in one piece. */
  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#chunk.length) return;
    const begun = this.#chunk.subarray(this.#start, this.#at);
    this.#chunkBytes = Math.min(2 * this.#chunkBytes, MAX_CHUNK_BYTES);
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(this.#chunkBytes, 2 * (begun.length + bytes)));
    this.#chunk.set(begun);
    this.#start = 0;
    this.#at = begun.length;
  }
}

function isShortAsciiText(text: string): boolean {
  if (text.length > SHORT_TEXT) return false;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
