import { constants, deflateRawSync } from 'node:zlib';

const MEBIBYTE = 1024 * 1024;
const MEBIBYTES = 10 * 1024;

/** 10 MiB of gzip that grow to 10 GiB of zeros, and say that they are 1000 bytes. */
export function gzipBomb(): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
  // Flushed to a byte's end and without a last block, so that it can be repeated.
  const zeros = deflateRawSync(Buffer.alloc(MEBIBYTE), { finishFlush: constants.Z_FULL_FLUSH });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(1000, 4);
  return Buffer.concat([header, ...Array.from({ length: MEBIBYTES }, () => zeros), trailer]);
}

/** A zstd frame without a length, whose blocks each repeat one byte 128 KiB times: 10 GiB in 320 KiB. */
export function zstdBomb(): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
  const block = Buffer.alloc(4);
  block.writeUIntLE((128 * 1024 * 8) | 2, 0, 3);
  const last = Buffer.from(block);
  last.writeUInt8(last.readUInt8(0) | 1, 0);
  const blocks = Array.from({ length: MEBIBYTES * 8 - 1 }, () => block);
  return Buffer.concat([header, ...blocks, last]);
}
