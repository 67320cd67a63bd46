import type { WireReader } from '../wire/wire-reader';

/**
 * The value of an AnyValue that begins where the reader is, as bytes of which a hash can be taken: those of a
 * string or bytes value, the text of a number or bool ("42", "0.5", "true"), or the encoded ArrayValue or
 * KeyValueList. Undefined if nothing is set. The last member counts, as protobuf says of a oneof.
 */
export function scalarOf(reader: WireReader, end: number): Uint8Array | undefined {
  const outerEnd = reader.end;
  reader.end = end;
  let scalar: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a: // string_value
      case 0x2a: // array_value
      case 0x32: // kvlist_value
      case 0x3a: // bytes_value
        scalar = reader.bytes();
        break;
      case 0x10: // bool_value
        scalar = Buffer.from(String(reader.int64() !== 0n));
        break;
      case 0x18: // int_value
        scalar = Buffer.from(String(reader.int64()));
        break;
      case 0x21: // double_value
        scalar = Buffer.from(String(reader.double()));
        break;
      case 0x40: // string_value_strindex, an int32
        scalar = Buffer.from(String(BigInt.asIntN(32, reader.int64())));
        break;
      default:
        reader.skip(tag & 7, tag >>> 3);
    }
  }
  reader.end = outerEnd;
  return scalar;
}
