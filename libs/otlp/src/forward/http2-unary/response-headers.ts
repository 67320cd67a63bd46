import { type IncomingHttpHeaders, constants } from 'node:http2';
import { ConnectionError, Flag, type Frame, FrameType, protocolError } from './frames';
import { decodeHeaderBlock } from './hpack/decode';

/** grpc-go sends 16 MiB at most, others 8 to 64 KiB; a status with its details is well below this. */
const MAX_BLOCK_BYTES = 64 * 1024;
/** Against CONTINUATION frames without end, which may be empty (RFC 9113, section 10.5.1). */
const MAX_BLOCK_FRAMES = 128;
const MAX_REMEMBERED_BYTES = 256;
const MAX_REMEMBERED = 32;

/** A header block that comes in several frames. */
class HeaderBlock {
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  constructor(
    readonly streamId: number,
    readonly endsStream: boolean,
  ) {}

  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > MAX_BLOCK_BYTES || this.#parts.length >= MAX_BLOCK_FRAMES) {
      throw new ConnectionError(constants.NGHTTP2_ENHANCE_YOUR_CALM, 'headers are too long');
    }
    this.#parts.push(Buffer.from(part));
  }

  join(): Buffer {
    return Buffer.concat(this.#parts, this.#bytes);
  }
}

/**
 * Puts header blocks together (HEADERS and CONTINUATION) and decodes them. Short ones are remembered: without a
 * dynamic table the same bytes mean the same headers.
 */
export class HeaderBlocks {
  readonly #remembered = new Map<string, IncomingHttpHeaders>();
  #unfinished: HeaderBlock | undefined;

  /** Nothing may come between the frames of a block. */
  checkOrder({ type, streamId }: Frame): void {
    const block = this.#unfinished;
    if (block !== undefined && (type !== FrameType.CONTINUATION || streamId !== block.streamId)) {
      throw protocolError('a header block was left unfinished');
    }
  }

  /** Takes the HEADERS of a block that goes on. */
  begin(streamId: number, endsStream: boolean, part: Buffer): void {
    this.#unfinished = new HeaderBlock(streamId, endsStream);
    this.#unfinished.add(part);
  }

  /** Takes CONTINUATION; returns the block if it is complete now. */
  go({ payload, flags }: Frame): HeaderBlock | undefined {
    const block = this.#unfinished;
    if (block === undefined) throw protocolError('CONTINUATION of nothing');
    block.add(payload);
    if ((flags & Flag.END_HEADERS) === 0) return undefined;
    this.#unfinished = undefined;
    return block;
  }

  decode(block: Buffer): IncomingHttpHeaders {
    if (block.length > MAX_REMEMBERED_BYTES) return decode(block);
    const key = block.toString('latin1');
    let headers = this.#remembered.get(key);
    if (headers === undefined) {
      headers = decode(block);
      if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
      this.#remembered.set(key, headers);
    }
    return headers;
  }
}

function decode(block: Buffer): IncomingHttpHeaders {
  try {
    return decodeHeaderBlock(block);
  } catch (error) {
    throw new ConnectionError(constants.NGHTTP2_COMPRESSION_ERROR, (error as Error).message);
  }
}
