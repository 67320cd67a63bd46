/** A small generator of pseudo-random numbers (mulberry32): the same seed, the same numbers. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Bytes that mean much in protobuf: tags, wire types, lengths and continued varints. */
const TELLING = [0x00, 0x01, 0x0a, 0x12, 0x1a, 0x2a, 0x32, 0x3a, 0x4a, 0x0b, 0x0c, 0x7f, 0x80, 0xff];

/** One to four changes to an encoded message: bits, bytes, lengths, runs copied, moved or cut out. */
export function mutate(message: Buffer, seed: number): Buffer {
  const below = random(seed);
  let bytes: Buffer = Buffer.from(message);
  for (let rest = 1 + below(4); rest > 0; rest -= 1) bytes = mutateOnce(bytes, below);
  return bytes;
}

function mutateOnce(bytes: Buffer, below: (limit: number) => number): Buffer {
  const at = below(bytes.length + 1);
  const run = bytes.subarray(at, at + 1 + below(24));
  const insert = (...parts: Uint8Array[]): Buffer =>
    Buffer.concat([bytes.subarray(0, at), ...parts, bytes.subarray(at)]);
  const replace = (byte: number): Buffer =>
    at < bytes.length
      ? Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at + 1)])
      : bytes;
  const old = bytes[at] ?? 0;
  switch (below(9)) {
    case 0:
      return replace(old ^ (1 << below(8)));
    case 1:
      return replace(TELLING[below(TELLING.length)] ?? 0);
    case 2:
      return replace((old + (below(2) === 0 ? 1 : 255)) & 0xff);
    case 3: // the same number in more bytes, if this is the end of a varint
      return Buffer.concat([bytes.subarray(0, at), Buffer.of(old | 0x80, 0x00), bytes.subarray(at + 1)]);
    case 4:
      return insert(Buffer.from(run));
    case 5: {
      const other = below(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, other), run, bytes.subarray(other)]);
    }
    case 6:
      return insert(Buffer.of(TELLING[below(TELLING.length)] ?? 0, below(256)));
    case 7:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + run.length)]);
    default:
      return bytes.subarray(0, at);
  }
}
