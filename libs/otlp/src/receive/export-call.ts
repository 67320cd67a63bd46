import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import type { Signal } from '../signal';
import type { OtlpCode } from '../status/codes';
import { OtlpError } from '../status/otlp-error';
import type { Holding } from './byte-budget';
import { OK_HEADERS, errorHeaders, timeoutMillis } from './grpc-headers';
import type { BodyLimits } from './body-limits';
import { isGone } from './refuse-stream';
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

const EMPTY_MESSAGE = Buffer.alloc(5);

/** One Export request from its headers to its last byte. It is answered once, whatever happens first. */
export class ExportCall {
  readonly #body: RequestBody;
  readonly #context: ExportContext;
  #receiving = true;
  #answered = false;
  #expiresAtEpochMillis: number;

  constructor(
    private readonly stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
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
    stream.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    stream.on('end', () => {
      void this.#handle(typeof encoding === 'string' ? encoding : 'identity');
    });
    stream.on('close', () => {
      stream.removeAllListeners(); // see InFlight: Node keeps its streams in a Map
      // Every call ends here, nearly all of them answered: making an error costs as much as the rest of it.
      if (this.#answered) return;
      this.#finish('CANCELLED', new OtlpError('CANCELLED', 'the client closed the stream'));
    });
  }

  /** That of its stream, which a server's has from its beginning. */
  get id(): number {
    return this.stream.id ?? 0;
  }

  get receivedAtEpochMillis(): number {
    return this.#context.receivedAtEpochMillis;
  }

  /** Called now and then: ends what has waited too long, in whichever phase it is. */
  expire(nowEpochMillis: number): void {
    if (nowEpochMillis < this.#expiresAtEpochMillis) return;
    if (this.#answered) this.stream.close(constants.NGHTTP2_CANCEL);
    else this.fail(new OtlpError('DEADLINE_EXCEEDED', 'no answer within the deadline'));
  }

  /** Answers with an error, unless the call has been answered. */
  fail(error: OtlpError): void {
    if (!this.#finish(error.code, error)) return;
    this.stream.respond(errorHeaders(error), { endStream: true });
  }

  #receive(chunk: Buffer): void {
    // What still arrives after the answer is read and dropped: the connection serves other requests too.
    if (this.#answered) return;
    try {
      this.#body.push(chunk);
    } catch (error) {
      this.fail(OtlpError.from(error));
    }
  }

  async #handle(encoding: string): Promise<void> {
    // A stream that is reset ends first, and the reset may come in the next read: 'close' then tells the rest.
    if (!this.#body.complete) await setTimeout(RESET_AFTER_END_MILLIS);
    if (this.#answered || this.stream.aborted) return;
    this.#receiving = false;
    const { handlerTimeoutMillis } = this.options;
    this.#expiresAtEpochMillis = Math.min(
      Date.now() + handlerTimeoutMillis,
      this.#context.deadlineEpochMillis ?? Infinity,
    );
    try {
      // No variable: it would keep the body as it came alive until the handler has its answer.
      this.#succeed(
        await this.#body.finish(encoding).then((message) => this.handler(message, this.#context)),
      );
    } catch (error) {
      this.fail(OtlpError.from(error));
    } finally {
      this.holding.giveBack();
    }
  }

  #succeed(response: Buffer | undefined): void {
    if (!this.#finish('OK')) return;
    this.stream.respond(OK_HEADERS, { waitForTrailers: true });
    this.stream.on('wantTrailers', () => {
      if (!isGone(this.stream)) this.stream.sendTrailers({ 'grpc-status': '0' });
    });
    this.stream.end(response === undefined || response.length === 0 ? EMPTY_MESSAGE : frame(response));
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
    const gone = isGone(this.stream);
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

function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 5);
  framed.writeUInt8(0, 0);
  framed.writeUInt32BE(message.length, 1);
  message.copy(framed, 5);
  return framed;
}
