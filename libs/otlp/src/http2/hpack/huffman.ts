import { EOS, HUFFMAN_CODE_BITS } from './huffman-code';
import { HpackError } from './hpack-error';

/** A binary tree, two entries a node: the next node, or ~byte for a leaf. Node 0 is the root. */
const TREE = buildTree();

/**
 * RFC 7541, section 5.2. The padding is at most seven bits, all ones; a longer one, another one and EOS itself
 * are errors.
 */
export function decodeHuffman(bytes: Buffer): string {
  // The shortest code has five bits.
  const decoded = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5));
  let length = 0;
  let node = 0;
  let bitsSinceByte = 0;
  let onesOnly = true;
  for (const byte of bytes) {
    for (let shift = 7; shift >= 0; shift -= 1) {
      const bit = (byte >>> shift) & 1;
      node = TREE[node * 2 + bit] ?? 0;
      bitsSinceByte += 1;
      onesOnly &&= bit === 1;
      if (node >= 0) continue;
      if (~node === EOS) throw new HpackError('EOS in a string');
      decoded[length] = ~node;
      length += 1;
      node = 0;
      bitsSinceByte = 0;
      onesOnly = true;
    }
  }
  if (bitsSinceByte > 7 || !onesOnly) throw new HpackError('a string ends in wrong padding');
  return decoded.toString('latin1', 0, length);
}

function buildTree(): Int16Array {
  const tree: number[] = [0, 0];
  const symbols = HUFFMAN_CODE_BITS.map((bits, symbol) => ({ bits, symbol }));
  symbols.sort((a, b) => a.bits - b.bits || a.symbol - b.symbol);
  let code = 0;
  let codeBits = 0;
  for (const { bits, symbol } of symbols) {
    code <<= bits - codeBits;
    codeBits = bits;
    let node = 0;
    for (let shift = bits - 1; shift > 0; shift -= 1) {
      const branch = node * 2 + ((code >>> shift) & 1);
      let next = tree[branch] ?? 0;
      if (next === 0) {
        next = tree.length / 2;
        tree[branch] = next;
        tree.push(0, 0);
      }
      node = next;
    }
    tree[node * 2 + (code & 1)] = ~symbol;
    code += 1;
  }
  return Int16Array.from(tree);
}
