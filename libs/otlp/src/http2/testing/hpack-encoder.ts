import { DynamicTable } from '../hpack/dynamic-table';
import { encodeInteger, encodeString } from '../hpack/encode';
import { HUFFMAN_CODE_BITS } from '../hpack/huffman-code';
import { type HeaderPair, STATIC_TABLE } from '../hpack/static-table';

/** How one field is to be written, as far as there is a choice. */
export interface FieldForm {
  readonly kind: 'incremental' | 'without' | 'never';
  /** Whether to point into a table if the field is there, or its name. */
  readonly usesTable: boolean;
  readonly huffman: boolean;
}

/** A client's encoder that uses all that RFC 7541 has, as real ones do and ours does not. */
export class HpackEncoder {
  readonly #table = new DynamicTable(4096);
  #resizes: Buffer[] = [];

  /** Section 6.3; it goes out with the next block. */
  resize(maxBytes: number): void {
    this.#table.resize(maxBytes);
    this.#resizes.push(encodeInteger(0x20, 5, maxBytes));
  }

  encode(fields: readonly (readonly [field: HeaderPair, form: FieldForm])[]): Buffer {
    const block = Buffer.concat([...this.#resizes, ...fields.map((field) => this.#field(...field))]);
    this.#resizes = [];
    return block;
  }

  #field(field: HeaderPair, { kind, usesTable, huffman }: FieldForm): Buffer {
    const [name, value] = field;
    const whole = this.#find((candidate) => candidate[0] === name && candidate[1] === value);
    if (usesTable && whole > 0 && kind !== 'never') return encodeInteger(0x80, 7, whole);
    const index = usesTable ? this.#find((candidate) => candidate[0] === name) : 0;
    const text = huffman ? encodeHuffmanString : encodeString;
    const [flags, bits] = { incremental: [0x40, 6], without: [0, 4], never: [0x10, 4] }[kind] as [
      number,
      number,
    ];
    if (kind === 'incremental') this.#table.add(field);
    return Buffer.concat([
      encodeInteger(flags, bits, index),
      ...(index === 0 ? [text(name)] : []),
      text(value),
    ]);
  }

  #find(isWanted: (candidate: HeaderPair) => boolean): number {
    const inStatic = STATIC_TABLE.findIndex((candidate, index) => index > 0 && isWanted(candidate));
    if (inStatic > 0) return inStatic;
    for (let index = 1; ; index += 1) {
      const candidate = this.#table.get(index);
      if (candidate === undefined) return 0;
      if (isWanted(candidate)) return STATIC_TABLE.length - 1 + index;
    }
  }
}

const CODES = huffmanCodes();

function encodeHuffmanString(text: string): Buffer {
  const bits = [...Buffer.from(text, 'latin1')].map((byte) => CODES[byte]).join('');
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = Buffer.from((padded.match(/.{8}/g) ?? []).map((octet) => parseInt(octet, 2)));
  return Buffer.concat([encodeInteger(0x80, 7, bytes.length), bytes]);
}

/** The canonical code as strings of 0 and 1; see HUFFMAN_CODE_BITS. */
function huffmanCodes(): string[] {
  const codes: string[] = [];
  const symbols = HUFFMAN_CODE_BITS.map((bits, symbol) => ({ bits, symbol }));
  symbols.sort((a, b) => a.bits - b.bits || a.symbol - b.symbol);
  let code = 0;
  let codeBits = 0;
  for (const { bits, symbol } of symbols) {
    code *= 2 ** (bits - codeBits);
    codeBits = bits;
    codes[symbol] = code.toString(2).padStart(bits, '0');
    code += 1;
  }
  return codes;
}
