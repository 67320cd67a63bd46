import type { Outgoing } from '../../http2/body-sender';
import { ErrorCode } from '../../http2/error-code';
import type { Headers } from '../../http2/hpack/decode';
import { ReceiveWindow } from '../../http2/receive-window';
import { OtlpError } from '../../status/otlp-error';
import { type Attempt, type AttemptResult, type CallRequest, STREAM_WINDOW_BYTES } from '../connection';
import { answerOf, firstOutcomeOf, outcomeOf } from '../grpc-answer';

/** What a stream asks of its connection. */
export interface StreamHost {
  readonly maxResponseBytes: number;
  /** It has ended; the peer is told with this code, if one is given. */
  onStreamEnd(stream: UnaryStream, code?: number): void;
}

/** One stream of one call: collects the answer and says once what came of it. */
export class UnaryStream implements Attempt, Outgoing {
  /** 0 until it is opened. */
  id = 0;
  /** Kept by the sender. */
  sendWindow = 0;
  sentBytes = 0;
  readonly #window = new ReceiveWindow(STREAM_WINDOW_BYTES);
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #encoding: unknown;
  #outcome: OtlpError | 'OK' | undefined;
  #heard = false;
  #ended = false;

  constructor(
    readonly request: CallRequest,
    private readonly host: StreamHost,
    private readonly onSettled: (result: AttemptResult) => void,
  ) {}

  get prefix(): Buffer {
    return this.request.prefix;
  }

  get message(): Uint8Array {
    return this.request.message;
  }

  /** Whether the server has begun to answer. */
  get heard(): boolean {
    return this.#heard;
  }

  get ended(): boolean {
    return this.#ended;
  }

  end(result: AttemptResult): void {
    this.#end(result, ErrorCode.CANCEL);
  }

  /** Headers, or trailers if they end the stream. */
  onHeaders(headers: Headers, endsStream: boolean): void {
    const status = headers[':status'];
    if (!this.#heard && !endsStream && status?.startsWith('1')) return; // an interim answer
    if (this.#heard && !endsStream) {
      this.#end(unavailable('headers where trailers belong'), ErrorCode.PROTOCOL_ERROR);
      return;
    }
    if (this.#heard) {
      this.#outcome = outcomeOf(headers) ?? this.#outcome;
    } else {
      this.#heard = true;
      this.#encoding = headers['grpc-encoding'];
      this.#outcome = firstOutcomeOf(headers, status);
    }
    if (endsStream) this.#onEnd();
  }

  /** `frameBytes` count towards the window, `content` is what of them is not padding. Returns what to open it by. */
  onData(content: Buffer, frameBytes: number, endsStream: boolean): number {
    const opened = this.#window.take(frameBytes);
    this.#bytes += content.length;
    const { maxResponseBytes } = this.host;
    if (!this.#heard) {
      this.#end(unavailable('data before headers'), ErrorCode.PROTOCOL_ERROR);
    } else if (this.#bytes > maxResponseBytes) {
      this.end(new OtlpError('RESOURCE_EXHAUSTED', `an answer of over ${maxResponseBytes} bytes`));
    } else {
      if (content.length > 0) this.#chunks.push(Buffer.from(content));
      if (endsStream) this.#onEnd();
    }
    return this.#ended ? 0 : opened;
  }

  onReset(code: number): void {
    if (this.#outcome !== undefined) this.#end(this.#answer(this.#outcome));
    else if (code === ErrorCode.REFUSED_STREAM) this.#end('unprocessed');
    else this.#end(unavailable(`the stream ended with code ${code} and no status`));
  }

  /** The connection is no more. */
  onLost(reason: string): void {
    if (this.id === 0) this.#end('unprocessed');
    else this.#end(this.#outcome === undefined ? unavailable(reason) : this.#answer(this.#outcome));
  }

  /** The answer is complete; the request need not be, and then the rest of it is not wanted. */
  #onEnd(): void {
    const { prefix, message } = this.request;
    const isSent = this.sentBytes === prefix.length + message.length;
    const result =
      this.#outcome === undefined
        ? unavailable('the stream ended without a status')
        : this.#answer(this.#outcome);
    this.#end(result, isSent ? undefined : ErrorCode.CANCEL);
  }

  #answer(outcome: OtlpError | 'OK'): AttemptResult {
    return answerOf(outcome, this.#chunks, this.#encoding, this.host.maxResponseBytes);
  }

  #end(result: AttemptResult, code?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.host.onStreamEnd(this, code);
    this.onSettled(result);
  }
}

function unavailable(message: string): OtlpError {
  return new OtlpError('UNAVAILABLE', message);
}
