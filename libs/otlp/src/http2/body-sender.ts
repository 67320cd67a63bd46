import { ErrorCode } from './error-code';
import type { FrameSocket } from './frame-socket';
import {
  ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  FRAME_HEAD_BYTES,
  Flag,
  FrameType,
  writeFrameHead,
} from './frames';
import { MAX_WINDOW_BYTES } from './settings';

/** RFC 9113, section 6.9.2. */
export const INITIAL_WINDOW_BYTES = 65_535;
const NO_BYTES = Buffer.alloc(0);
/** RFC 7541, section 6.3: a dynamic table of no bytes, which we make no use of anyway. */
const NO_TABLE = Buffer.from([0x20]);

/** What is sent on one stream: a gRPC message after its prefix, and trailers if there are any. */
export interface Outgoing {
  readonly id: number;
  /** Both kept by the sender. */
  sendWindow: number;
  sentBytes: number;
  readonly prefix: Uint8Array;
  readonly message: Uint8Array;
  /** A header block; without it the last byte of the message ends the stream. */
  readonly trailers?: Buffer;
}

/** Sends what the streams of a connection have to say, as far as the peer's windows and the socket let it. */
export class BodySender<T extends Outgoing> {
  #window = INITIAL_WINDOW_BYTES;
  #initialWindow = INITIAL_WINDOW_BYTES;
  #maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
  #owesTableSize = false;
  /** Those of which not all has been written; the one that began first comes first. */
  readonly #unfinished: T[] = [];

  /** @param onSent is told when the last frame of a stream has been written */
  constructor(
    private readonly socket: FrameSocket,
    private readonly onSent: (stream: T) => void = () => undefined,
  ) {}

  /** A stream is open, and may be sent on at some time. */
  admit(stream: T): void {
    stream.sendWindow = this.#initialWindow;
  }

  /**
   * The peer has stated a HEADER_TABLE_SIZE: the next block must begin with a size that is within it (RFC 7541, section
   * 4.2), and nghttp2 ends the connection if it does not.
   */
  onTableSize(): void {
    this.#owesTableSize = true;
  }

  /** HEADERS, with CONTINUATION if they are long; section 6.10. */
  writeHeaders(streamId: number, fields: Buffer, endStream: boolean): void {
    const block = this.#owesTableSize ? Buffer.concat([NO_TABLE, fields]) : fields;
    this.#owesTableSize = false;
    for (let at = 0; at < block.length; at += this.#maxFrameBytes) {
      const part = block.subarray(at, at + this.#maxFrameBytes);
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      const endFlag = at === 0 && endStream ? Flag.END_STREAM : 0;
      const flags = endFlag | (at + part.length === block.length ? Flag.END_HEADERS : 0);
      this.#write({ type, flags, streamId }, part.length, part);
    }
  }

  /** As much of the body as can go, and the rest when it can. */
  begin(stream: T): void {
    if (!this.#send(stream)) this.#unfinished.push(stream);
  }

  /** Nothing more of it is to be sent. */
  drop(stream: T): void {
    const at = this.#unfinished.indexOf(stream);
    if (at >= 0) this.#unfinished.splice(at, 1);
  }

  resume(): void {
    if (this.#unfinished.length === 0) return;
    for (const stream of this.#unfinished.slice()) if (this.#send(stream)) this.drop(stream);
  }

  setMaxFrameBytes(bytes: number): void {
    this.#maxFrameBytes = bytes;
  }

  /** Section 6.9.2: what has been sent already counts, so that a window may fall below zero. */
  setInitialWindow(bytes: number, open: Iterable<T>): void {
    const change = bytes - this.#initialWindow;
    this.#initialWindow = bytes;
    for (const stream of open) stream.sendWindow = widened(stream.sendWindow, change);
  }

  /** The connection's. If there was some left, it is not what streams wait for, and they are not looked at in vain. */
  widen(bytes: number): void {
    const wasSpent = this.#window === 0;
    this.#window = widened(this.#window, bytes);
    if (wasSpent) this.resume();
  }

  /** Returns false if that is more than a window can be, which is the stream's end only. */
  widenStream(stream: T, bytes: number): boolean {
    if (stream.sendWindow + bytes > MAX_WINDOW_BYTES) return false;
    stream.sendWindow += bytes;
    if (this.#unfinished.includes(stream) && this.#send(stream)) this.drop(stream);
    return true;
  }

  /** Whether all of it has been written. */
  #send(stream: T): boolean {
    const { id, prefix, message, trailers } = stream;
    const total = prefix.length + message.length;
    while (stream.sentBytes < total) {
      const start = stream.sentBytes;
      const length = Math.min(total - start, this.#maxFrameBytes, stream.sendWindow, this.#window);
      if (length <= 0 || this.socket.isBacklogged) return false;
      const end = start + length;
      const flags = end === total && trailers === undefined ? Flag.END_STREAM : 0;
      // The prefix, or what is left of it, goes with the head; the message as it is.
      const head = start < prefix.length ? prefix.subarray(start, end) : NO_BYTES;
      this.#write({ type: FrameType.DATA, flags, streamId: id }, length, head);
      if (end > prefix.length) {
        this.socket.write(message.subarray(Math.max(0, start - prefix.length), end - prefix.length));
      }
      stream.sentBytes = end;
      stream.sendWindow -= length;
      this.#window -= length;
    }
    if (trailers !== undefined) this.writeHeaders(id, trailers, true);
    this.onSent(stream);
    return true;
  }

  #write(
    frame: { readonly type: number; readonly flags: number; readonly streamId: number },
    length: number,
    content: Uint8Array,
  ): void {
    const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + content.length);
    writeFrameHead(bytes, 0, frame, length);
    bytes.set(content, FRAME_HEAD_BYTES);
    this.socket.write(bytes);
  }
}

function widened(window: number, bytes: number): number {
  if (window + bytes > MAX_WINDOW_BYTES) {
    throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'a window of over 2^31 - 1 bytes');
  }
  return window + bytes;
}
