import type { Outgoing } from '../../http2/body-sender';
import { ErrorCode } from '../../http2/error-code';
import { ReceiveWindow } from '../../http2/receive-window';
import type { AnswerHeaders, CallStream } from '../call-stream';
import type { ExportCall } from '../export-call';
import { prefixOf } from '../grpc-headers';
import { STREAM_WINDOW_BYTES } from '../stream-receiver';
import { OK_BLOCK, OK_TRAILERS, answerBlock } from './answer-block';

const NO_BYTES = Buffer.alloc(0);
/** A chunk is kept as it is if it is at least this part of what was read with it; less of it is copied out. */
const KEPT_PART = 1 / 4;

/** What a stream asks of its connection. */
export interface StreamHost {
  writeHeaders(streamId: number, block: Buffer, endStream: boolean): void;
  /** Sends message and trailers; calls `onSent` when they are on their way. */
  send(stream: ServerStream): void;
  /** Tells the client that it is over. */
  reset(stream: ServerStream, code: number): void;
  /** Both sides have said all. */
  onEnd(stream: ServerStream): void;
}

/** One request and its answer: a stream of RFC 9113, section 5.1, from its headers on. */
export class ServerStream implements CallStream, Outgoing {
  sendWindow = 0;
  sentBytes = 0;
  prefix: Buffer = NO_BYTES;
  message: Uint8Array = NO_BYTES;
  readonly trailers = OK_TRAILERS;
  /** Undefined for a request that was refused: what it sends is dropped. */
  call: ExportCall | undefined;
  readonly #window = new ReceiveWindow(STREAM_WINDOW_BYTES);
  #isRemoteEnded = false;
  #isSent = false;
  #isGone = false;

  constructor(
    readonly id: number,
    private readonly host: StreamHost,
  ) {}

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whether the client has said that it sends no more ("half-closed (remote)"). */
  get isRemoteEnded(): boolean {
    return this.#isRemoteEnded;
  }

  /** `frameBytes` count towards the window, `content` is what of them is not padding. Returns what to open it by. */
  onData(content: Buffer, frameBytes: number): number {
    const opened = this.#window.take(frameBytes);
    if (content.length > 0) this.call?.receive(kept(content));
    return opened;
  }

  onRemoteEnd(): void {
    this.#isRemoteEnded = true;
    this.call?.end();
    this.#endIfDone();
  }

  /** It was reset, or its connection is lost: nobody reads an answer. */
  lose(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.call?.closed();
  }

  succeed(response: Buffer | undefined): void {
    this.prefix = prefixOf(response);
    if (response !== undefined) this.message = response;
    this.host.writeHeaders(this.id, OK_BLOCK, false);
    this.host.send(this);
  }

  answer(headers: AnswerHeaders): void {
    this.host.writeHeaders(this.id, answerBlock(headers), true);
    this.onSent();
  }

  cancel(): void {
    if (!this.#isGone) this.host.reset(this, ErrorCode.CANCEL);
  }

  /** The last frame has been written. */
  onSent(): void {
    this.#isSent = true;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#isSent && this.#isRemoteEnded && !this.#isGone) this.host.onEnd(this);
  }
}

/**
 * What may be kept without keeping much else alive: it is a view of all that was read at once. The copy has memory of
 * its own, for one of Node's pool would keep what else came from there, which nobody has paid for.
 */
function kept(content: Buffer): Buffer {
  if (content.length >= content.buffer.byteLength * KEPT_PART) return content;
  const copy = Buffer.allocUnsafeSlow(content.length);
  content.copy(copy);
  return copy;
}
