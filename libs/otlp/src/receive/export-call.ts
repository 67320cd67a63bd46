import { setTimeout } from 'node:timers/promises';
import type { Signal } from '../signal';
import type { OtlpCode } from '../status/codes';
import { OtlpError } from '../status/otlp-error';
import type { BodyLimits } from './body-limits';
import type { Holding } from './byte-budget';
import type { CallStream, RequestHeaders, Waiting } from './call-stream';
import { errorHeaders, timeoutMillis } from './grpc-headers';
import { RequestBody } from './request-body';

export interface ExportContext {
  readonly signal: Signal;
  /** The client's deadline, milliseconds since the epoch; absent if it set none. */
  readonly deadlineEpochMillis?: number;
  /** address:port of the connection; `unix:` on a Unix-domain socket. */
  readonly peer: string;
  /** When the request's headers arrived, milliseconds since the epoch. */
  readonly receivedAtEpochMillis: number;
  /** Whether the call has been answered or given up: what a handler still does for it is for nobody. */
  isOver(): boolean;
}

/**
 * Takes an encoded Export*ServiceRequest; resolves to an encoded Export*ServiceResponse (undefined: full
 * success) and rejects with OtlpError. The body is counted as in flight until the promise settles.
 */
export type ExportHandler = (body: Buffer, context: ExportContext) => Promise<Buffer | undefined>;

export interface CallOptions extends BodyLimits {
  /** The whole body must have arrived within this. */
  readonly receiveTimeoutMillis: number;
  /** Given to the handler when the client set no deadline, or a longer one. */
  readonly handlerTimeoutMillis: number;
}

export interface CallOutcome {
  readonly signal: Signal;
  readonly code: OtlpCode | 'OK';
  readonly receivedBytes: number;
  readonly durationMillis: number;
  readonly error?: OtlpError;
}

/** An answered stream has this long to be read to its end by the client. */
const LINGER_MILLIS = 10_000;

/** An unfinished message is called malformed when the stream has not been reset within this. */
const RESET_AFTER_END_MILLIS = 10;

/** One Export request from its headers to its last byte. It is answered once, whatever happens first. */
export class ExportCall implements Waiting {
  readonly #encoding: string;
  readonly #body: RequestBody;
  readonly #context: ExportContext;
  #receiving = true;
  #answered = false;
  #expiresAtEpochMillis: number;

  constructor(
    private readonly stream: CallStream,
    headers: RequestHeaders,
    signal: Signal,
    peer: string,
    private readonly holding: Holding,
    private readonly options: CallOptions,
    private readonly handler: ExportHandler,
    private readonly onAnswered: (outcome: CallOutcome) => void,
  ) {
    const now = Date.now();
    const timeout = timeoutMillis(headers['grpc-timeout']);
    this.#context = {
      signal,
      peer,
      receivedAtEpochMillis: now,
      isOver: () => this.#answered,
      ...(timeout !== undefined && { deadlineEpochMillis: now + timeout }),
    };
    this.#expiresAtEpochMillis = now + Math.min(options.receiveTimeoutMillis, timeout ?? Infinity);
    this.#body = new RequestBody(holding, options);
    const encoding = headers['grpc-encoding'];
    this.#encoding = typeof encoding === 'string' ? encoding : 'identity';
  }

  /** That of its stream. */
  get id(): number {
    return this.stream.id;
  }

  get receivedAtEpochMillis(): number {
    return this.#context.receivedAtEpochMillis;
  }

  /** Whichever phase it is in. */
  expire(nowEpochMillis: number): void {
    if (nowEpochMillis < this.#expiresAtEpochMillis) return;
    if (this.#answered) this.stream.cancel();
    else this.fail(new OtlpError('DEADLINE_EXCEEDED', 'no answer within the deadline'));
  }

  /** Answers with an error, unless the call has been answered. */
  fail(error: OtlpError): void {
    if (!this.#finish(error.code, error)) return;
    this.stream.answer(errorHeaders(error));
  }

  /** The next bytes of the request; they are kept, and must not change. */
  receive(chunk: Buffer): void {
    // What still arrives after the answer is read and dropped: the connection serves other requests too.
    if (this.#answered) return;
    try {
      this.#body.push(chunk);
    } catch (error) {
      this.fail(OtlpError.from(error));
    }
  }

  /** The client has sent all that it wanted to. */
  end(): void {
    void this.#handle();
  }

  /** The stream is over, in whichever way. */
  closed(): void {
    // Every call ends here, nearly all of them answered: making an error costs as much as the rest of it.
    if (this.#answered) return;
    this.#finish('CANCELLED', new OtlpError('CANCELLED', 'the client closed the stream'));
  }

  async #handle(): Promise<void> {
    // A stream that is reset ends first, and the reset may come in the next read: 'close' then tells the rest.
    if (!this.#body.complete) await setTimeout(RESET_AFTER_END_MILLIS);
    if (this.#answered || this.stream.isGone) return;
    this.#receiving = false;
    const { handlerTimeoutMillis } = this.options;
    this.#expiresAtEpochMillis = Math.min(
      Date.now() + handlerTimeoutMillis,
      this.#context.deadlineEpochMillis ?? Infinity,
    );
    try {
      // No variable: it would keep the body as it came alive until the handler has its answer.
      this.#succeed(
        await this.#body.finish(this.#encoding).then((message) => this.handler(message, this.#context)),
      );
    } catch (error) {
      this.fail(OtlpError.from(error));
    } finally {
      this.holding.giveBack();
    }
  }

  #succeed(response: Buffer | undefined): void {
    if (this.#finish('OK')) this.stream.succeed(response);
  }

  /**
   * Marks the call as answered; false if it was already, or if nobody is left to read an answer. What has been
   * received of an unfinished body is let go here; a running handler keeps its bytes until it settles.
   */
  #finish(code: OtlpCode | 'OK', error?: OtlpError): boolean {
    if (this.#answered) return false;
    this.#answered = true;
    if (this.#receiving) this.#body.discard();
    const now = Date.now();
    this.#expiresAtEpochMillis = now + LINGER_MILLIS;
    const gone = this.stream.isGone;
    this.onAnswered({
      signal: this.#context.signal,
      code: gone ? 'CANCELLED' : code,
      receivedBytes: this.#body.receivedBytes,
      durationMillis: now - this.#context.receivedAtEpochMillis,
      ...(error && { error }),
    });
    return !gone;
  }
}
