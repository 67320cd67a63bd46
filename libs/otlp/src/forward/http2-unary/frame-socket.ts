import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { openSocket } from '../open-socket';
import type { TransportOptions } from '../transport';
import { FrameReader } from './frame-reader';
import type { Frame } from './frames';

const READ_BUFFER_BYTES = 64 * 1024;
/** Up to this, one buffer and one write cost less than a vector of small ones. */
const MAX_JOINED_BYTES = 16 * 1024;
/** More than this does not wait for the end of the turn: the kernel can take it while the rest is prepared. */
const FLUSH_BYTES = 64 * 1024;
/** With this much on its way to the kernel, bodies wait where they are. */
const BACKLOG_BYTES = 512 * 1024;

export interface FrameSocketEvents {
  /** Connected, with HTTP/2 agreed on if there is TLS. */
  onConnect(): void;
  /** Says whether to go on reading. */
  onFrame(frame: Frame): boolean;
  /** What was written has gone out. */
  onDrain(): void;
  onError(error: Error): void;
  onClose(): void;
}

/** A socket that carries frames. What is written within one turn of the event loop goes out together, up to a size. */
export class FrameSocket {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(
    options: TransportOptions,
    private readonly events: FrameSocketEvents,
  ) {
    this.#reader = new FrameReader((frame) => events.onFrame(frame));
    // One buffer for all that is read: what is kept of it is copied, and that is little.
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    const callback = (bytes: number): boolean => {
      this.#read(buffer.subarray(0, bytes));
      return true;
    };
    this.#socket = openSocket(options, { buffer, callback });
    if (options.tls) {
      this.#socket.on('data', (chunk: Buffer) => {
        this.#read(chunk);
      });
      this.#socket.on('secureConnect', this.#onSecureConnect);
    } else {
      this.#socket.on('connect', () => {
        this.#onConnect();
      });
    }
    this.#socket.on('drain', () => {
      events.onDrain();
    });
    this.#socket.on('error', (error) => {
      events.onError(error);
    });
    this.#socket.on('end', () => {
      this.#socket.destroy();
    });
    this.#socket.on('close', () => {
      events.onClose();
    });
  }

  /** Bytes that have not gone to the kernel. */
  get backlogBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  get isBacklogged(): boolean {
    return this.backlogBytes >= BACKLOG_BYTES;
  }

  /** `piece` must not change afterwards. */
  write(piece: Uint8Array): void {
    if (this.#pieces.length === 0) setImmediate(this.#onTurnEnd);
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= FLUSH_BYTES) this.flush();
  }

  /** Ends the connection when all is written. */
  close(): void {
    this.flush();
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Writes at once what would be written at the end of this turn. */
  flush(): void {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    const bytes = this.#bytes;
    this.#pieces = [];
    this.#bytes = 0;
    if (!this.#socket.writable) return;
    if (bytes <= MAX_JOINED_BYTES) {
      this.#socket.write(Buffer.concat(pieces, bytes));
      return;
    }
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }

  readonly #onTurnEnd = (): void => {
    this.flush();
  };

  readonly #onSecureConnect = (): void => {
    if ((this.#socket as TLSSocket).alpnProtocol === 'h2') this.#onConnect();
    else this.events.onError(new Error('the server does not offer HTTP/2 in its TLS handshake'));
  };

  #onConnect(): void {
    this.#socket.setNoDelay();
    this.events.onConnect();
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.feed(chunk);
    } catch (error) {
      this.events.onError(error as Error);
    }
  }
}
