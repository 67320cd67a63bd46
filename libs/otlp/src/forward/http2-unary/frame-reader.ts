import { constants } from 'node:http2';
import { ConnectionError, DEFAULT_MAX_FRAME_BYTES, FRAME_HEAD_BYTES, type Frame } from './frames';

const NOTHING = Buffer.alloc(0);

/** Cuts what arrives into frames. It keeps the beginning of one frame at most. */
export class FrameReader {
  #rest: Buffer = NOTHING;

  /** @param onFrame says whether to go on */
  constructor(
    private readonly onFrame: (frame: Frame) => boolean,
    private readonly maxFrameBytes = DEFAULT_MAX_FRAME_BYTES,
  ) {}

  /** `chunk` may be written over afterwards. Throws ConnectionError for a frame that is too long. */
  feed(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (data.length - at >= FRAME_HEAD_BYTES) {
      const length = data.readUIntBE(at, 3);
      if (length > this.maxFrameBytes) {
        throw new ConnectionError(constants.NGHTTP2_FRAME_SIZE_ERROR, `a frame of ${length} bytes`);
      }
      const start = at + FRAME_HEAD_BYTES;
      if (data.length < start + length) break;
      const frame = {
        type: data[at + 3] ?? 0,
        flags: data[at + 4] ?? 0,
        streamId: data.readUInt32BE(at + 5) & 0x7fffffff, // the first bit is reserved
        payload: data.subarray(start, start + length),
      };
      at = start + length;
      if (!this.onFrame(frame)) return;
    }
    this.#rest = at === data.length ? NOTHING : Buffer.from(data.subarray(at));
  }
}
