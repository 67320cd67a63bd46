import { ErrorCode } from './error-code';
import { ConnectionError, Flag, type Frame, FrameType, protocolError } from './frames';

/** grpc-go sends 16 MiB at most, others 8 to 64 KiB; what gRPC needs is well below this. */
const MAX_BLOCK_BYTES = 64 * 1024;
/** Against CONTINUATION frames without end, which may be empty (RFC 9113, section 10.5.1; CVE-2024-27316). */
const MAX_BLOCK_FRAMES = 128;

/** A header block that comes in several frames. */
export class HeaderBlock {
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  constructor(
    readonly streamId: number,
    readonly endsStream: boolean,
  ) {}

  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > MAX_BLOCK_BYTES || this.#parts.length >= MAX_BLOCK_FRAMES) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'headers are too long');
    }
    this.#parts.push(Buffer.from(part));
  }

  join(): Buffer {
    return Buffer.concat(this.#parts, this.#bytes);
  }
}

/** Puts header blocks together, HEADERS and CONTINUATION: RFC 9113, section 4.3. */
export class HeaderBlocks {
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
}
