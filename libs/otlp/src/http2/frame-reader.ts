import { ErrorCode } from './error-code';
import { ConnectionError, DEFAULT_MAX_FRAME_BYTES, FRAME_HEAD_BYTES, type Frame } from './frames';

/** Cuts what arrives into frames. Of what it is given it copies only a frame that comes in several chunks. */
export class FrameReader {
  /** Of a frame that is not complete: its head, its payload so far, and how much there is of both together. */
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES);
  #payload: Buffer = this.#head;
  #have = 0;

  /** @param onFrame says whether to go on */
  constructor(
    private readonly onFrame: (frame: Frame) => boolean,
    private readonly maxFrameBytes = DEFAULT_MAX_FRAME_BYTES,
  ) {}

  /**
   * `chunk` may be written over afterwards. Returns how much of it was read, which is all unless `onFrame` said to stop.
   *
   * @throws ConnectionError for a frame that is too long, as soon as its head is there
   */
  feed(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length) {
      const end = this.#have === 0 ? this.#endOf(chunk, at) : undefined;
      let goesOn = true;
      if (end !== undefined && end <= chunk.length) {
        goesOn = this.onFrame(frameOf(chunk, at, chunk.subarray(at + FRAME_HEAD_BYTES, end)));
        at = end;
      } else {
        at += this.#gather(chunk, at);
        if (this.#have === FRAME_HEAD_BYTES + this.#payload.length) {
          this.#have = 0;
          goesOn = this.onFrame(frameOf(this.#head, 0, this.#payload));
        }
      }
      if (!goesOn) return at;
    }
    return at;
  }

  /** Where the frame ends that begins there; undefined if not even its head is complete. */
  #endOf(bytes: Buffer, at: number): number | undefined {
    if (bytes.length - at < FRAME_HEAD_BYTES) return undefined;
    const length = bytes.readUIntBE(at, 3);
    if (length > this.maxFrameBytes) {
      throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} bytes`);
    }
    return at + FRAME_HEAD_BYTES + length;
  }

  /** Copies what belongs to the frame that is not complete; returns how much that was. */
  #gather(chunk: Buffer, at: number): number {
    let start = at;
    if (this.#have < FRAME_HEAD_BYTES) {
      const copied = chunk.copy(this.#head, this.#have, start);
      this.#have += copied;
      start += copied;
      const bytes = this.#have < FRAME_HEAD_BYTES ? undefined : this.#endOf(this.#head, 0);
      // With no head there is no length, and this stands for a payload that is not complete.
      this.#payload = bytes === undefined ? this.#head : Buffer.allocUnsafe(bytes - FRAME_HEAD_BYTES);
      if (bytes === undefined) return start - at;
    }
    const copied = chunk.copy(this.#payload, this.#have - FRAME_HEAD_BYTES, start);
    this.#have += copied;
    return start + copied - at;
  }
}

/** Section 4.1. */
function frameOf(bytes: Buffer, at: number, payload: Buffer): Frame {
  return {
    type: bytes[at + 3] ?? 0,
    flags: bytes[at + 4] ?? 0,
    streamId: bytes.readUInt32BE(at + 5) & 0x7fffffff, // the first bit is reserved
    payload,
  };
}
