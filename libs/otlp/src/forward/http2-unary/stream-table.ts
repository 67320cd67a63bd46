import { InFlight } from '../../in-flight';
import { OtlpError } from '../../status/otlp-error';
import { LAST_GOOD_STREAM_ID } from '../connection';
import { protocolError } from '../../http2/frames';
import type { UnaryStream } from './unary-stream';

/** Calls that wait for the server's MAX_CONCURRENT_STREAMS. */
const MAX_QUEUED = 10_000;

/** The streams of one connection: those that are open, by their ids, and those that wait for their turn. */
export class StreamTable {
  readonly #open = new InFlight<UnaryStream>();
  readonly #queue = new Set<UnaryStream>();
  #nextStreamId = 1;
  #maxOpen = Infinity;

  /** @param onOpen sends the request of a stream, which has its id by now */
  constructor(private readonly onOpen: (stream: UnaryStream) => void) {}

  get openStreams(): number {
    return this.#open.size;
  }

  get open(): Iterable<UnaryStream> {
    return this.#open;
  }

  /** Open or waiting. */
  get calls(): number {
    return this.#open.size + this.#queue.size;
  }

  /** Ids are running out: no more streams should be opened here. */
  get isSpent(): boolean {
    return this.#nextStreamId > LAST_GOOD_STREAM_ID;
  }

  /** MAX_CONCURRENT_STREAMS; those that are open stay so. */
  limit(streams: number): void {
    this.#maxOpen = streams;
  }

  /** Opens a stream, or lets it wait; ends it if too many do. */
  add(stream: UnaryStream): void {
    if (this.#open.size < this.#maxOpen) this.#openOne(stream);
    else if (this.#queue.size < MAX_QUEUED) this.#queue.add(stream);
    else stream.end(new OtlpError('UNAVAILABLE', `${MAX_QUEUED} calls wait for a stream`));
  }

  /** Opens those that wait, as far as there is room. */
  openQueued(mayOpen: () => boolean): void {
    for (const stream of this.#queue) {
      if (!mayOpen() || this.#open.size >= this.#maxOpen) return;
      this.#queue.delete(stream);
      this.#openOne(stream);
    }
  }

  /** Returns whether it was open. */
  delete(stream: UnaryStream): boolean {
    this.#queue.delete(stream);
    return this.#open.delete(stream);
  }

  /** An open one; undefined if it has ended. */
  find(streamId: number): UnaryStream | undefined {
    return this.#open.find(streamId);
  }

  /** @throws ConnectionError for a stream that never was */
  checkOpened(streamId: number): void {
    if (streamId % 2 === 0 || streamId >= this.#nextStreamId) {
      throw protocolError(`a frame for stream ${streamId}, which was never opened`);
    }
  }

  endQueued(): void {
    for (const stream of this.#queue) stream.end('unprocessed');
  }

  /** Those with higher ids, which the server has not looked at and will not. */
  endBeyond(lastStreamId: number): void {
    for (const stream of this.#open) if (stream.id > lastStreamId) stream.end('unprocessed');
  }

  lose(reason: string): void {
    for (const stream of [...this.#queue, ...this.#open]) stream.onLost(reason);
  }

  #openOne(stream: UnaryStream): void {
    stream.id = this.#nextStreamId;
    this.#nextStreamId += 2;
    this.#open.add(stream);
    this.onOpen(stream);
  }
}
