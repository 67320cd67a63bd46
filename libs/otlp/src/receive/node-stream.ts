import { type ServerHttp2Stream, constants } from 'node:http2';
import type { AnswerHeaders, CallStream } from './call-stream';
import type { ExportCall } from './export-call';
import { OK_HEADERS, framed } from './grpc-headers';

/** A stream of node:http2. */
export class NodeStream implements CallStream {
  /** @param stream has an error handler by now */
  constructor(private readonly stream: ServerHttp2Stream) {}

  /** A server's stream has it from its beginning. */
  get id(): number {
    return this.stream.id ?? 0;
  }

  /**
   * A reset may come in the same read as the headers, and Node tells of the stream only afterwards. Every call that
   * answers throws then (ERR_HTTP2_INVALID_STREAM).
   */
  get isGone(): boolean {
    return this.stream.destroyed || this.stream.closed || this.stream.aborted;
  }

  /** Hands on what arrives; without a call, drops it. */
  feed(call?: ExportCall): void {
    if (call === undefined) {
      this.stream.resume();
      return;
    }
    this.stream.on('data', (chunk: Buffer) => {
      call.receive(chunk);
    });
    this.stream.on('end', () => {
      call.end();
    });
    this.stream.on('close', () => {
      call.closed();
    });
  }

  succeed(response: Buffer | undefined): void {
    this.stream.respond(OK_HEADERS, { waitForTrailers: true });
    this.stream.on('wantTrailers', () => {
      if (!this.isGone) this.stream.sendTrailers({ 'grpc-status': '0' });
    });
    this.stream.end(framed(response));
  }

  answer(headers: AnswerHeaders): void {
    this.stream.respond({ ...headers }, { endStream: true });
  }

  cancel(): void {
    this.stream.close(constants.NGHTTP2_CANCEL);
  }
}
