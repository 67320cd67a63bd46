/** What the outside of a zstd frame tells (RFC 8878, 3.1.1). */
export interface ZstdFrame {
  /** Length of what comes out of it, if it says so. */
  readonly contentBytes: number | undefined;
  /** Length of the frame itself; more than there is, if it is cut off. */
  readonly frameBytes: number;
}

const MAGIC = 0xfd2fb528;
/** Bytes of Frame_Content_Size and of Dictionary_ID, by their flags in the descriptor. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const BLOCK_HEADER_BYTES = 3;
const BLOCK_RLE = 1;
const CHECKSUM_BYTES = 4;

/** A frame cut out of a message, and the length of what comes out of it, if it says so. */
export interface ZstdPart {
  readonly bytes: Uint8Array;
  readonly contentBytes: number | undefined;
}

/**
 * The frames that a message is made of: one, mostly, but Node's own compressor appends an empty one. Undefined if
 * they are not zstd or more than `maxFrames`.
 */
export function splitZstdFrames(bytes: Uint8Array, maxFrames: number): ZstdPart[] | undefined {
  const frames: ZstdPart[] = [];
  for (let at = 0; at < bytes.length || at === 0;) {
    const rest = bytes.subarray(at);
    const frame = readZstdFrame(rest);
    if (frame === undefined || frames.length === maxFrames) return undefined;
    frames.push({ bytes: rest.subarray(0, frame.frameBytes), contentBytes: frame.contentBytes });
    at += Math.min(frame.frameBytes, rest.length);
  }
  return frames;
}

/** Undefined if it is none. */
export function readZstdFrame(bytes: Uint8Array): ZstdFrame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 5 || view.getUint32(0, true) !== MAGIC) return undefined;
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >>> 6;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0);
  const blocksAt = sizeAt + sizeBytes;
  if (view.byteLength < blocksAt) return { contentBytes: undefined, frameBytes: Infinity };
  const checksumBytes = (descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES;
  return {
    contentBytes: contentSize(view, sizeAt, sizeBytes),
    frameBytes: blocksEnd(view, blocksAt) + checksumBytes,
  };
}

function contentSize(view: DataView, at: number, sizeBytes: number): number | undefined {
  if (sizeBytes === 1) return view.getUint8(at);
  if (sizeBytes === 2) return view.getUint16(at, true) + 256;
  if (sizeBytes === 4) return view.getUint32(at, true);
  return sizeBytes === 8 ? Number(view.getBigUint64(at, true)) : undefined;
}

function blocksEnd(view: DataView, start: number): number {
  let at = start;
  while (at + BLOCK_HEADER_BYTES <= view.byteLength) {
    const header = view.getUint8(at) + (view.getUint16(at + 1, true) << 8);
    const isLast = (header & 1) === 1;
    const type = (header >>> 1) & 3;
    at += BLOCK_HEADER_BYTES + (type === BLOCK_RLE ? 1 : header >>> 3);
    if (isLast) return at;
  }
  return Infinity;
}
