import { constants, createGunzip, createZstdDecompress, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { OtlpError } from '../status/otlp-error';
import { type BodyLimits, exhausted, tooLarge } from './body-limits';
import type { Holding } from './byte-budget';
import { splitZstdFrames } from './zstd-frame';

/** What grpc-encoding and content-encoding call them. */
export type Compression = 'gzip' | 'zstd';

/** For grpc-accept-encoding. */
export const ACCEPTED_ENCODINGS = 'identity,gzip,zstd';

export function isCompression(encoding: string): encoding is Compression {
  return encoding === 'gzip' || encoding === 'zstd';
}

/**
 * The largest message that is decompressed in one call on this thread. That costs a few milliseconds, and for
 * small messages a tenth of what the trip to zlib's threads and back costs; larger ones go there.
 */
const AT_ONCE_BYTES = 1024 * 1024;
/** What a stream gives out at a time. */
const PART_BYTES = 128 * 1024;
/** RFC 8878 (3.1.1.1.2) asks decoders to take windows up to 8 MiB; encoders at usual levels use no more. */
const ZSTD_WINDOW_LOG = 23;
/** What a decompressor holds beside its output, for as long as it runs. */
const WORKING_BYTES: Readonly<Record<Compression, number>> = {
  gzip: PART_BYTES + 64 * 1024,
  zstd: PART_BYTES + 2 ** ZSTD_WINDOW_LOG,
};
/** Each costs a call however small it is; real clients send one, or two of which one is empty. */
const MAX_ZSTD_FRAMES = 8;
const GZIP_MAGIC = 0x8b1f;
const GZIP_SMALLEST_BYTES = 18;
const ZSTD_PARAMS = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };

/**
 * Decompresses a message. Its bytes are paid for from the holding before they are kept, so that a small message
 * that grows without end stops at the limit and not in memory; one that says itself that it is too large is
 * refused unseen. Throws OtlpError when it is too large, cannot be paid for, or is not what it is said to be.
 */
export async function decompress(
  compression: Compression,
  compressed: Uint8Array,
  holding: Holding,
  limits: BodyLimits,
): Promise<Buffer> {
  if (compression === 'gzip') {
    return decompressOne(compression, compressed, gzipSize(compressed), holding, limits);
  }
  // Node stops at the end of the first frame and says nothing of what follows, which would be lost.
  const frames = splitZstdFrames(compressed, MAX_ZSTD_FRAMES);
  if (frames === undefined) throw malformed(compression, undefined);
  const messages: Buffer[] = [];
  let bytes = 0;
  for (const frame of frames) {
    const left = { ...limits, maxReceiveBytes: limits.maxReceiveBytes - bytes };
    const message = await decompressOne(compression, frame.bytes, frame.contentBytes, holding, left);
    bytes += message.length;
    if (message.length > 0) messages.push(message);
  }
  return messages.length === 1 && messages[0] !== undefined ? messages[0] : Buffer.concat(messages);
}

/** gzip with all its members, or one frame of zstd; `declared` bytes come out of it, as it says itself. */
async function decompressOne(
  compression: Compression,
  compressed: Uint8Array,
  declared: number | undefined,
  holding: Holding,
  limits: BodyLimits,
): Promise<Buffer> {
  if (declared !== undefined && declared > limits.maxReceiveBytes) {
    throw tooLarge(`decompressed message of ${declared}`, limits);
  }
  const guess = Math.min(declared ?? AT_ONCE_BYTES, limits.maxReceiveBytes);
  const message = guess <= AT_ONCE_BYTES ? atOnce(compression, compressed, guess, holding) : undefined;
  return message ?? asStream(compression, compressed, holding, limits);
}

/** Undefined if it turns out larger than `maxBytes`, or if those cannot be paid for. */
function atOnce(
  compression: Compression,
  compressed: Uint8Array,
  maxBytes: number,
  holding: Holding,
): Buffer | undefined {
  if (!holding.take(maxBytes)) return undefined;
  let message: Buffer | undefined;
  try {
    message = decompressSync(compression, compressed, Math.max(maxBytes, 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw malformed(compression, error);
  } finally {
    holding.giveBack(maxBytes - (message?.length ?? 0));
  }
  return message;
}

function decompressSync(compression: Compression, compressed: Uint8Array, maxOutputLength: number): Buffer {
  // A little more than what comes, so that it comes in one piece.
  const options = { maxOutputLength, chunkSize: maxOutputLength + 64 };
  return compression === 'gzip'
    ? gunzipSync(compressed, options)
    : zstdDecompressSync(compressed, { ...options, params: ZSTD_PARAMS });
}

async function asStream(
  compression: Compression,
  compressed: Uint8Array,
  holding: Holding,
  limits: BodyLimits,
): Promise<Buffer> {
  const workingBytes = WORKING_BYTES[compression];
  if (!holding.take(workingBytes)) throw exhausted(limits, holding);
  const stream =
    compression === 'gzip'
      ? createGunzip({ chunkSize: PART_BYTES })
      : createZstdDecompress({ chunkSize: PART_BYTES, params: ZSTD_PARAMS });
  const parts: Buffer[] = [];
  let bytes = 0;
  stream.end(compressed);
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > limits.maxReceiveBytes) throw tooLarge('decompressed message of more than', limits);
      if (!holding.take(part.length)) throw exhausted(limits, holding);
      parts.push(part);
    }
  } catch (error) {
    throw malformed(compression, error);
  } finally {
    stream.destroy();
    holding.giveBack(workingBytes);
  }
  return Buffer.concat(parts);
}

/**
 * RFC 1952: ISIZE, the last four bytes, is the length of the (last) member modulo 2^32. It need not be true: it can
 * save work and refuse what says that it is too large, but what comes out is counted all the same.
 */
function gzipSize(compressed: Uint8Array): number | undefined {
  const view = new DataView(compressed.buffer, compressed.byteOffset, compressed.byteLength);
  if (view.byteLength < GZIP_SMALLEST_BYTES || view.getUint16(0, true) !== GZIP_MAGIC) return undefined;
  return view.getUint32(view.byteLength - 4, true);
}

function malformed(compression: Compression, error: unknown): OtlpError {
  if (error instanceof OtlpError) return error;
  return new OtlpError('INVALID_ARGUMENT', `message is not valid ${compression}`, { cause: error });
}
