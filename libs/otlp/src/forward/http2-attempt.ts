import {
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  constants,
} from 'node:http2';
import { OtlpError } from '../status/otlp-error';
import type { Attempt, AttemptResult } from './connection';
import { answerOf, firstOutcomeOf, outcomeOf } from './grpc-answer';

/** One stream of one call: collects the answer and says once what came of it. */
export class Http2Attempt implements Attempt {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #encoding: unknown;
  #outcome: OtlpError | 'OK' | undefined;
  #failure = '';
  #settled = false;
  #heard = false;

  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly maxResponseBytes: number,
    private readonly onSettled: (attempt: Http2Attempt, result: AttemptResult) => void,
  ) {
    stream.on('response', this.#onResponse);
    stream.on('data', this.#onData);
    stream.on('trailers', this.#onTrailers);
    stream.on('end', this.#onEnd);
    stream.on('error', this.#onError);
    stream.on('close', this.#onClose);
  }

  /** Whether the server has begun to answer. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Whether the server said, with GOAWAY, that it will not look at this stream. */
  isBeyond(lastStreamId: number): boolean {
    return this.stream.id === undefined || this.stream.id > lastStreamId;
  }

  end(result: AttemptResult): void {
    this.#settle(result);
    this.stream.close(constants.NGHTTP2_CANCEL);
  }

  readonly #onResponse = (headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void => {
    this.#heard = true;
    this.#encoding = headers['grpc-encoding'];
    this.#outcome = firstOutcomeOf(headers, headers[':status']);
  };

  readonly #onTrailers = (trailers: IncomingHttpHeaders): void => {
    this.#outcome = outcomeOf(trailers) ?? this.#outcome;
  };

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#bytes > this.maxResponseBytes) {
      this.end(new OtlpError('RESOURCE_EXHAUSTED', `an answer of over ${this.maxResponseBytes} bytes`));
    } else {
      this.#chunks.push(chunk);
    }
  };

  /** The answer is complete; the request need not be, and then the rest of it is not wanted. */
  readonly #onEnd = (): void => {
    if (this.#outcome === undefined) return; // 'close' tells why
    this.#settle(this.#answer(this.#outcome));
    if (!this.stream.writableFinished) this.stream.close(constants.NGHTTP2_CANCEL);
  };

  readonly #onError = (error: Error): void => {
    this.#failure = error.message;
  };

  readonly #onClose = (): void => {
    if (this.#settled) return;
    const { rstCode, id } = this.stream;
    if (this.#outcome !== undefined) this.#settle(this.#answer(this.#outcome));
    else if (id === undefined || rstCode === constants.NGHTTP2_REFUSED_STREAM) this.#settle('unprocessed');
    else {
      const why = this.#failure || `the stream ended with code ${rstCode} and no status`;
      this.#settle(new OtlpError('UNAVAILABLE', why));
    }
  };

  #answer(outcome: OtlpError | 'OK'): AttemptResult {
    return answerOf(outcome, this.#chunks, this.#encoding, this.maxResponseBytes);
  }

  #settle(result: AttemptResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.onSettled(this, result);
  }
}
