import type { IncomingHttpHeaders } from 'node:http2';
import { HpackError } from './hpack-error';
import { decodeHuffman } from './huffman';
import { STATIC_TABLE } from './static-table';

/** More than any string or index here may need; RFC 7541, section 5.1 leaves the limit to the implementation. */
const MAX_INTEGER = 2 ** 28;

/**
 * RFC 7541, for a decoder that has announced SETTINGS_HEADER_TABLE_SIZE 0: with no dynamic table a block
 * means the same whatever came before it. Values are latin1, as in node:http2; those of repeated names are
 * joined with a comma.
 *
 * @throws HpackError for malformed bytes, an index beyond the static table, a table size over 0
 */
export function decodeHeaderBlock(block: Buffer): IncomingHttpHeaders {
  return new BlockReader(block).headers();
}

class BlockReader {
  #position = 0;

  constructor(private readonly block: Buffer) {}

  headers(): IncomingHttpHeaders {
    const headers = Object.create(null) as Record<string, string>;
    let isStart = true;
    while (this.#position < this.block.length) {
      const first = this.#byte();
      if ((first & 0xe0) === 0x20) {
        // Section 6.3; size updates come first, section 4.2.
        if (!isStart || this.#integer(first, 5) !== 0)
          throw new HpackError('a dynamic table was not offered');
        continue;
      }
      isStart = false;
      const [name, value] = first >= 0x80 ? staticField(this.#integer(first, 7)) : this.#literal(first);
      const before = headers[name];
      headers[name] = before === undefined ? value : `${before}, ${value}`;
    }
    return headers;
  }

  /** Sections 6.2.1 to 6.2.3; what is to be indexed has no place in a table of size 0. */
  #literal(first: number): readonly [name: string, value: string] {
    const index = this.#integer(first, first >= 0x40 ? 6 : 4);
    const name = index === 0 ? this.#string() : staticField(index)[0];
    return [name, this.#string()];
  }

  /** Section 5.1. */
  #integer(first: number, prefixBits: number): number {
    const max = (1 << prefixBits) - 1;
    let value = first & max;
    if (value < max) return value;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (value > MAX_INTEGER || shift > 28) throw new HpackError('an integer is too large');
      if (byte < 0x80) return value;
    }
  }

  /** Section 5.2. */
  #string(): string {
    const first = this.#byte();
    const length = this.#integer(first, 7);
    const end = this.#position + length;
    if (end > this.block.length) throw new HpackError('a string is cut off');
    const bytes = this.block.subarray(this.#position, end);
    this.#position = end;
    return first >= 0x80 ? decodeHuffman(bytes) : bytes.toString('latin1');
  }

  #byte(): number {
    const byte = this.block[this.#position];
    if (byte === undefined) throw new HpackError('a header block is cut off');
    this.#position += 1;
    return byte;
  }
}

function staticField(index: number): readonly [name: string, value: string] {
  const field = index === 0 ? undefined : STATIC_TABLE[index];
  if (field === undefined) throw new HpackError(`index ${index} is in no table`);
  return field;
}
