import { STATIC_TABLE } from './static-table';

export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** Never to be put into a table on the way (RFC 7541, section 7.1.3). */
  readonly sensitive?: boolean;
}

/** A header block of indexed fields and plain literals, which needs no table at the other end. RFC 7541, section 6. */
export function encodeHeaderBlock(fields: readonly HeaderField[]): Buffer {
  return Buffer.concat(fields.map(encodeField));
}

function encodeField({ name, value, sensitive = false }: HeaderField): Buffer {
  const whole = STATIC_TABLE.findIndex(
    (field, index) => index > 0 && field[0] === name && field[1] === value,
  );
  if (whole > 0 && !sensitive) return encodeInteger(0x80, 7, whole);
  const index = Math.max(
    STATIC_TABLE.findIndex((field) => field[0] === name),
    0,
  );
  const head = encodeInteger(sensitive ? 0x10 : 0, 4, index);
  return Buffer.concat([head, ...(index === 0 ? [encodeString(name)] : []), encodeString(value)]);
}

/** Section 5.2, without Huffman. */
export function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([encodeInteger(0, 7, bytes.length), bytes]);
}

/** Section 5.1; `flags` are the bits before the prefix. */
export function encodeInteger(flags: number, prefixBits: number, value: number): Buffer {
  const max = (1 << prefixBits) - 1;
  if (value < max) return Buffer.from([flags | value]);
  const bytes = [flags | max];
  let rest = value - max;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
