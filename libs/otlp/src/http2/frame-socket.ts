import type { Socket } from 'node:net';
import { FrameReader } from './frame-reader';
import type { Frame } from './frames';

/** Up to this, one buffer and one write cost less than a vector of small ones. */
const MAX_JOINED_BYTES = 16 * 1024;
/** More than this does not wait for the end of the turn: the kernel can take it while the rest is prepared. */
const FLUSH_BYTES = 64 * 1024;
/** With this much on its way to the kernel, bodies wait where they are. */
const BACKLOG_BYTES = 512 * 1024;

export interface FrameSocketEvents {
  /** Says whether to go on reading; a socket that was told to stop goes on when it is no longer backlogged. */
  onFrame(frame: Frame): boolean;
  /** What was written has gone out. */
  onDrain(): void;
  onError(error: Error): void;
  onClose(): void;
}

/** A socket that carries frames. What is written within one turn of the event loop goes out together, up to a size. */
export class FrameSocket {
  readonly #reader: FrameReader;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** What has been read but not looked at, once `onFrame` has said to stop. */
  #held: Buffer | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly events: FrameSocketEvents,
  ) {
    this.#reader = new FrameReader((frame) => events.onFrame(frame));
    socket.on('drain', () => {
      events.onDrain();
      this.#goOn();
    });
    socket.on('error', (error) => {
      events.onError(error);
    });
    socket.on('end', () => {
      socket.destroy();
    });
    socket.on('close', () => {
      events.onClose();
    });
  }

  /** Bytes that have not gone to the kernel. */
  get backlogBytes(): number {
    return this.#bytes + this.socket.writableLength;
  }

  get isBacklogged(): boolean {
    return this.backlogBytes >= BACKLOG_BYTES;
  }

  /** Takes what has arrived; `chunk` may be written over afterwards. */
  read(chunk: Buffer): void {
    if (this.#held !== undefined) {
      this.#held = Buffer.concat([this.#held, chunk]);
      return;
    }
    try {
      const read = this.#reader.feed(chunk);
      if (read === chunk.length || this.socket.destroyed) return;
      this.#held = Buffer.from(chunk.subarray(read));
      this.socket.pause();
    } catch (error) {
      this.events.onError(error as Error);
    }
  }

  /** `piece` must not change afterwards. */
  write(piece: Uint8Array): void {
    if (this.#pieces.length === 0) setImmediate(this.#onTurnEnd);
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= FLUSH_BYTES) this.flush();
  }

  /** Ends our side when all is written; what still comes is read until the peer ends its own. */
  end(): void {
    this.flush();
    this.socket.end();
  }

  /** Ends the connection when all is written. */
  close(): void {
    this.flush();
    this.socket.destroySoon();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Writes at once what would be written at the end of this turn. */
  flush(): void {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    const bytes = this.#bytes;
    this.#pieces = [];
    this.#bytes = 0;
    if (!this.socket.writable) return;
    if (bytes <= MAX_JOINED_BYTES) {
      const [only] = pieces;
      this.socket.write(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, bytes));
      return;
    }
    this.socket.cork();
    for (const piece of pieces) this.socket.write(piece);
    this.socket.uncork();
  }

  readonly #onTurnEnd = (): void => {
    this.flush();
    this.#goOn();
  };

  /** Looks at what was held back, and reads on. */
  #goOn(): void {
    const held = this.#held;
    if (held === undefined || this.isBacklogged) return;
    this.#held = undefined;
    this.socket.resume();
    this.read(held);
  }
}
