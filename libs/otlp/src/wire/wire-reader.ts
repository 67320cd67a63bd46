import { OtlpError } from '../status/otlp-error';

/** https://protobuf.dev/programming-guides/encoding/#structure */
export const WireType = { Varint: 0, Fixed64: 1, Bytes: 2, GroupStart: 3, GroupEnd: 4, Fixed32: 5 } as const;

const MAX_GROUP_DEPTH = 32;
/** As protobuf's C++ parser and protobufjs have it; a tag is a 32-bit number, however it is padded. */
const MAX_TAG_BYTES = 5;
const UTF8 = new TextDecoder('utf-8');

/**
 * A cursor over one encoded protobuf message. It copies nothing and allocates only what is asked for.
 * Every method throws OtlpError INVALID_ARGUMENT for truncation, a varint over ten bytes, an unknown wire
 * type, field number 0, or a length that leaves the message.
 *
 * ```ts
 * while (!reader.done) {
 *   const tag = reader.tag();
 *   if (tag === 0x0a) name = reader.string(); // field 1, length-delimited
 *   else reader.skip(tag & 7);
 * }
 * ```
 */
export class WireReader {
  readonly buffer: Uint8Array;
  /** Offset of the next byte to read, in bytes from the buffer's start. */
  position: number;
  /** Offset behind the message's last byte. */
  end: number;
  #view: DataView | undefined;

  constructor(buffer: Uint8Array, start = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = start;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  /** Field number × 8 + wire type, as an unsigned 32-bit number; compare with `tag >>> 3` and `tag & 7`. */
  tag(): number {
    const start = this.position;
    const first = this.buffer[start] ?? 0;
    if (start < this.end && first >= 0x08 && first < 0x80) {
      this.position = start + 1;
      return first;
    }
    const tag = this.varint();
    if (this.position - start > MAX_TAG_BYTES || tag > 0xffffffff || tag >>> 3 === 0) {
      throw malformed('field number out of range', start);
    }
    return tag;
  }

  /** An unsigned varint; exact up to 2^53 - 1, rounded to a double above (use `int64` where that matters). */
  varint(): number {
    const { buffer, end } = this;
    let position = this.position;
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 10; index += 1) {
      if (position >= end) throw malformed('truncated varint', this.position);
      const byte = buffer[position] ?? 0;
      position += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.position = position;
        return value;
      }
      scale *= 128;
    }
    throw malformed('varint over ten bytes', this.position);
  }

  /** A varint as a signed 64-bit integer (protobuf int64); bits above the 64th are dropped as elsewhere. */
  int64(): bigint {
    const start = this.position;
    const approximate = this.varint();
    if (approximate <= Number.MAX_SAFE_INTEGER) return BigInt(approximate);
    let value = 0n;
    for (let position = start, shift = 0n; position < this.position; position += 1, shift += 7n) {
      value |= BigInt((this.buffer[position] ?? 0) & 0x7f) << shift;
    }
    return BigInt.asIntN(64, value);
  }

  fixed32(): number {
    return this.#dataView().getUint32(this.#take(4), true);
  }

  fixed64(): bigint {
    return this.#dataView().getBigUint64(this.#take(8), true);
  }

  double(): number {
    return this.#dataView().getFloat64(this.#take(8), true);
  }

  /** Reads a length prefix; returns the offset behind the field and leaves `position` at its first byte. */
  range(): number {
    const start = this.position;
    const length = this.varint();
    const fieldEnd = this.position + length;
    if (fieldEnd > this.end) throw malformed(`length ${length} leaves the message`, start);
    return fieldEnd;
  }

  /** A view (not a copy) of a length-delimited field. */
  bytes(): Uint8Array {
    const fieldEnd = this.range();
    const view = this.buffer.subarray(this.position, fieldEnd);
    this.position = fieldEnd;
    return view;
  }

  /** UTF-8; bytes that are not are replaced by U+FFFD, as the Collector lets them pass too. */
  string(): string {
    const fieldEnd = this.range();
    const start = this.position;
    this.position = fieldEnd;
    const { buffer } = this;
    // Buffer's own decoder is several times quicker than TextDecoder on short strings.
    return Buffer.isBuffer(buffer)
      ? buffer.toString('utf8', start, fieldEnd)
      : UTF8.decode(buffer.subarray(start, fieldEnd));
  }

  /** A cursor over an embedded message; this cursor goes on behind it. */
  message(): WireReader {
    const fieldEnd = this.range();
    const reader = new WireReader(this.buffer, this.position, fieldEnd);
    this.position = fieldEnd;
    return reader;
  }

  /** Passes over a field's value; groups (deprecated, still legal) nest at most 32 deep. */
  skip(wireType: number, fieldNumber = 0, depth = 0): void {
    switch (wireType) {
      case WireType.Varint:
        this.varint();
        return;
      case WireType.Fixed64:
        this.#take(8);
        return;
      case WireType.Bytes:
        this.position = this.range();
        return;
      case WireType.Fixed32:
        this.#take(4);
        return;
      case WireType.GroupStart:
        this.#skipGroup(fieldNumber, depth + 1);
        return;
      default:
        throw malformed(`wire type ${wireType}`, this.position);
    }
  }

  #skipGroup(fieldNumber: number, depth: number): void {
    if (depth > MAX_GROUP_DEPTH) throw malformed(`groups nested over ${MAX_GROUP_DEPTH} deep`, this.position);
    for (;;) {
      if (this.done) throw malformed('truncated group', this.position);
      const tag = this.tag();
      if ((tag & 7) === WireType.GroupEnd) {
        if (fieldNumber !== 0 && tag >>> 3 !== fieldNumber)
          throw malformed('wrong end of group', this.position);
        return;
      }
      this.skip(tag & 7, tag >>> 3, depth);
    }
  }

  #take(length: number): number {
    const at = this.position;
    if (at + length > this.end) throw malformed('truncated field', at);
    this.position = at + length;
    return at;
  }

  #dataView(): DataView {
    return (this.#view ??= new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.byteLength));
  }
}

export function malformed(what: string, offset: number): OtlpError {
  return new OtlpError('INVALID_ARGUMENT', `malformed protobuf at byte ${offset}: ${what}`);
}
