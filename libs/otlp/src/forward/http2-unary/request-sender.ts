import { constants } from 'node:http2';
import { InFlight } from '../../in-flight';
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
import type { UnaryStream } from './unary-stream';

/** RFC 9113, section 6.9.2. */
export const INITIAL_WINDOW_BYTES = 65_535;
const NO_BYTES = Buffer.alloc(0);

/** Sends requests, as far as the peer's windows and the socket let it; first come, first served. */
export class RequestSender {
  #window = INITIAL_WINDOW_BYTES;
  #initialWindow = INITIAL_WINDOW_BYTES;
  #maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
  /** Those of which not all has been written. */
  readonly #unfinished = new InFlight<UnaryStream>();

  constructor(private readonly socket: FrameSocket) {}

  /** HEADERS, with CONTINUATION if they are long, and as much of the body as can go. */
  open(stream: UnaryStream, block: Buffer): void {
    stream.sendWindow = this.#initialWindow;
    const streamId = stream.id;
    for (let at = 0; at < block.length; at += this.#maxFrameBytes) {
      const part = block.subarray(at, at + this.#maxFrameBytes);
      const flags = at + part.length === block.length ? Flag.END_HEADERS : 0;
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      this.#write({ type, flags, streamId }, part.length, part);
    }
    this.#unfinished.add(stream);
    this.#send(stream);
  }

  /** Nothing more of it is to be sent. */
  drop(stream: UnaryStream): void {
    this.#unfinished.delete(stream);
  }

  resume(): void {
    for (const stream of this.#unfinished) if (!stream.ended) this.#send(stream);
  }

  setMaxFrameBytes(bytes: number): void {
    this.#maxFrameBytes = bytes;
  }

  /** Section 6.9.2: what has been sent already counts, so that a window may fall below zero. */
  setInitialWindow(bytes: number): void {
    const change = bytes - this.#initialWindow;
    this.#initialWindow = bytes;
    for (const stream of this.#unfinished) stream.sendWindow = widened(stream.sendWindow, change);
  }

  widen(bytes: number): void {
    this.#window = widened(this.#window, bytes);
    this.resume();
  }

  /** Returns false if that is more than a window can be, which is the stream's end only. */
  widenStream(stream: UnaryStream, bytes: number): boolean {
    if (stream.sendWindow + bytes > MAX_WINDOW_BYTES) return false;
    stream.sendWindow += bytes;
    if (this.#unfinished.has(stream)) this.#send(stream);
    return true;
  }

  #send(stream: UnaryStream): void {
    const { prefix, message } = stream.request;
    const total = prefix.length + message.length;
    while (stream.sentBytes < total) {
      const start = stream.sentBytes;
      const length = Math.min(total - start, this.#maxFrameBytes, stream.sendWindow, this.#window);
      if (length <= 0 || this.socket.isBacklogged) return;
      const end = start + length;
      const flags = end === total ? Flag.END_STREAM : 0;
      // The prefix, or what is left of it, goes with the head; the message as it is.
      const head = start < prefix.length ? prefix.subarray(start, end) : NO_BYTES;
      this.#write({ type: FrameType.DATA, flags, streamId: stream.id }, length, head);
      if (end > prefix.length) {
        this.socket.write(message.subarray(Math.max(0, start - prefix.length), end - prefix.length));
      }
      stream.sentBytes = end;
      stream.sendWindow -= length;
      this.#window -= length;
    }
    this.#unfinished.delete(stream);
  }

  #write(
    frame: { readonly type: number; readonly flags: number; readonly streamId: number },
    length: number,
    content: Buffer,
  ): void {
    const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + content.length);
    writeFrameHead(bytes, 0, frame, length);
    bytes.set(content, FRAME_HEAD_BYTES);
    this.socket.write(bytes);
  }
}

function widened(window: number, bytes: number): number {
  if (window + bytes > MAX_WINDOW_BYTES) {
    throw new ConnectionError(constants.NGHTTP2_FLOW_CONTROL_ERROR, 'a window of over 2^31 - 1 bytes');
  }
  return window + bytes;
}
