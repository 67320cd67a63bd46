import { ErrorCode } from '../../http2/error-code';
import { ConnectionError } from '../../http2/frames';
import { HeaderDecoder } from '../../http2/hpack/decode';
import { RequestHead } from './request-head';
import type { ServerStream } from './server-stream';
import type { ServerStreams } from './server-streams';

/** RFC 9113, section 6.5.2: what a client may use that has not been told otherwise, as it is not. */
const HEADER_TABLE_BYTES = 4096;

export interface RequestBlocksEvents {
  /** A request has come as far as its headers. Returns its stream, or undefined if it is not to be served. */
  onRequest(streamId: number, head: RequestHead): ServerStream | undefined;
  /** It has been refused before it had a stream. */
  onRefused(streamId: number, code: number): void;
  /** The client has broken a rule on this stream only; section 5.4.2. */
  onStreamError(stream: ServerStream, code: number): void;
  onControlFrame(): void;
}

/** Makes requests of header blocks, and ends them with their trailers: RFC 9113, section 8.1. */
export class RequestBlocks {
  readonly #decoder = new HeaderDecoder(HEADER_TABLE_BYTES);

  constructor(
    private readonly streams: ServerStreams,
    private readonly maxConcurrentStreams: number,
    private readonly events: RequestBlocksEvents,
  ) {}

  /** @throws ConnectionError for one that cannot be decoded, or has no place */
  take(streamId: number, block: Buffer, endsStream: boolean): void {
    const isNew = this.streams.isNew(streamId);
    const head = new RequestHead(isNew ? 'headers' : 'trailers');
    // Whatever becomes of the stream, the next block may build on this one.
    this.#decode(block, head);
    if (isNew) this.#onRequest(streamId, head, endsStream);
    else this.#onTrailers(streamId, head, endsStream);
  }

  #decode(block: Buffer, head: RequestHead): void {
    try {
      this.#decoder.decode(block, head.add);
    } catch (error) {
      throw new ConnectionError(ErrorCode.COMPRESSION_ERROR, (error as Error).message);
    }
  }

  #onRequest(streamId: number, head: RequestHead, endsStream: boolean): void {
    if (head.fault !== undefined) this.events.onRefused(streamId, ErrorCode.PROTOCOL_ERROR);
    else if (this.streams.size >= this.maxConcurrentStreams) {
      this.events.onRefused(streamId, ErrorCode.REFUSED_STREAM);
    } else {
      const stream = this.events.onRequest(streamId, head);
      if (endsStream) stream?.onRemoteEnd();
    }
  }

  #onTrailers(streamId: number, head: RequestHead, endsStream: boolean): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) this.events.onControlFrame();
    else if (stream.isRemoteEnded) {
      throw new ConnectionError(ErrorCode.STREAM_CLOSED, `HEADERS on stream ${streamId}, which has ended`);
    } else if (!endsStream || head.fault !== undefined) {
      this.events.onStreamError(stream, ErrorCode.PROTOCOL_ERROR);
    } else stream.onRemoteEnd();
  }
}
