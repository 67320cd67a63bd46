import { DynamicTable } from './dynamic-table';
import { HpackError } from './hpack-error';
import { decodeHuffman } from './huffman';
import { type HeaderPair, STATIC_TABLE } from './static-table';

/** More than any string or index here may need; RFC 7541, section 5.1 leaves the limit to the implementation. */
const MAX_INTEGER = 2 ** 28;
const NO_BYTES = Buffer.alloc(0);

export type Headers = Readonly<Record<string, string | undefined>>;

/**
 * RFC 7541, for a decoder that has announced SETTINGS_HEADER_TABLE_SIZE 0: with no dynamic table a block
 * means the same whatever came before it. Values of repeated names are joined with a comma.
 *
 * @throws HpackError for malformed bytes, an index beyond the static table, a table size over 0
 */
export function decodeHeaderBlock(block: Buffer): Headers {
  const headers = Object.create(null) as Record<string, string>;
  new HeaderDecoder(0).decode(block, (name, value) => {
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  });
  return headers;
}

/** The decoder of one connection's header blocks, in the order they came; values are latin1, as in node:http2. */
export class HeaderDecoder {
  readonly #table: DynamicTable;
  #block: Buffer = NO_BYTES;
  #position = 0;

  /** @param maxTableBytes what the peer has been told as SETTINGS_HEADER_TABLE_SIZE, or 4,096 if it was not */
  constructor(maxTableBytes: number) {
    this.#table = new DynamicTable(maxTableBytes);
  }

  /** @throws HpackError, after which nothing more can be decoded */
  decode(block: Buffer, onField: (name: string, value: string) => void): void {
    this.#block = block;
    this.#position = 0;
    let isStart = true;
    while (this.#position < block.length) {
      const first = this.#byte();
      if ((first & 0xe0) === 0x20) {
        // Section 6.3; size updates come first, section 4.2.
        if (!isStart) throw new HpackError('a table size update after a field');
        this.#table.resize(this.#integer(first, 5));
        continue;
      }
      isStart = false;
      const [name, value] = first >= 0x80 ? this.#field(this.#integer(first, 7)) : this.#literal(first);
      onField(name, value);
    }
    this.#block = NO_BYTES;
  }

  /** Sections 6.2.1 to 6.2.3. */
  #literal(first: number): HeaderPair {
    const isIndexed = first >= 0x40;
    const index = this.#integer(first, isIndexed ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#field(index)[0];
    const field = [name, this.#string()] as const;
    if (isIndexed) this.#table.add(field);
    return field;
  }

  /** Section 2.3.3: both tables have one space of indices. */
  #field(index: number): HeaderPair {
    if (index > 0) {
      const field = STATIC_TABLE[index] ?? this.#table.get(index - STATIC_TABLE.length + 1);
      if (field !== undefined) return field;
    }
    throw new HpackError(`index ${index} is in no table`);
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
    const start = this.#position;
    const end = start + length;
    if (end > this.#block.length) throw new HpackError('a string is cut off');
    this.#position = end;
    return first >= 0x80
      ? decodeHuffman(this.#block.subarray(start, end))
      : this.#block.toString('latin1', start, end);
  }

  #byte(): number {
    const byte = this.#block[this.#position];
    if (byte === undefined) throw new HpackError('a header block is cut off');
    this.#position += 1;
    return byte;
  }
}
