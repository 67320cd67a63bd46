import { ErrorCode } from '../../http2/error-code';
import { ConnectionError, protocolError } from '../../http2/frames';
import { InFlight } from '../../in-flight';
import type { ServerStream } from './server-stream';

/** How many of the streams that we have reset are remembered; the client may not know of it for a round trip. */
const MAX_REMEMBERED = 1000;

/** The streams of one connection, which the client opens: RFC 9113, section 5.1.1. */
export class ServerStreams {
  readonly #open = new InFlight<ServerStream>();
  /** Ids of streams that we have ended before the client had; its frames for them are on their way. */
  readonly #reset: number[] = [];
  /** The highest that the client has used. */
  #lastId = 0;

  get size(): number {
    return this.#open.size;
  }

  get open(): Iterable<ServerStream> {
    return this.#open;
  }

  /** Undefined if it is over. */
  find(streamId: number): ServerStream | undefined {
    return this.#open.find(streamId);
  }

  /**
   * Whether HEADERS with this id begin a stream. If not, they belong to an open one, or to one that we have reset.
   *
   * @throws ConnectionError for an id that a client may not use, or may not use again
   */
  isNew(streamId: number): boolean {
    if (streamId % 2 === 0) throw protocolError(`HEADERS on stream ${streamId}, which is not a client's`);
    if (streamId > this.#lastId) {
      this.#lastId = streamId;
      return true;
    }
    if (this.#open.find(streamId) === undefined && !this.#reset.includes(streamId)) {
      throw new ConnectionError(ErrorCode.STREAM_CLOSED, `HEADERS on stream ${streamId}, which is over`);
    }
    return false;
  }

  /** @throws ConnectionError for a stream that never was ("idle") */
  checkOpened(streamId: number): void {
    if (streamId === 0 || streamId % 2 === 0 || streamId > this.#lastId) {
      throw protocolError(`a frame for stream ${streamId}, which was never opened`);
    }
  }

  add(stream: ServerStream): void {
    this.#open.add(stream);
  }

  delete(stream: ServerStream): void {
    this.#open.delete(stream);
  }

  /** A stream that we have refused or reset. */
  remember(streamId: number): void {
    this.#reset.push(streamId);
    if (this.#reset.length > MAX_REMEMBERED) this.#reset.shift();
  }
}
