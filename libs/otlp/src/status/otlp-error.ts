import { CODES, type OtlpCode } from './codes';

export interface OtlpErrorOptions {
  /** How long the client is asked to wait (google.rpc.RetryInfo), in milliseconds. */
  readonly retryAfterMillis?: number;
  readonly cause?: unknown;
}

/** The library's only error: what an OTLP client is told, and whether it may try again. */
export class OtlpError extends Error {
  override readonly name = 'OtlpError';
  readonly retryAfterMillis?: number;

  constructor(
    readonly code: OtlpCode,
    message: string,
    options: OtlpErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    if (options.retryAfterMillis !== undefined) this.retryAfterMillis = options.retryAfterMillis;
  }

  /** RESOURCE_EXHAUSTED is retryable only when the answer says when (OTLP specification, "Failures"). */
  get retryable(): boolean {
    const { retry } = CODES[this.code];
    return retry === 'with-retry-info' ? this.retryAfterMillis !== undefined : retry === 'yes';
  }

  get grpcStatus(): number {
    return CODES[this.code].grpc;
  }

  /** OTLP/HTTP reads 429 as "try again", so what must not be tried again is 413. */
  get httpStatus(): number {
    return this.code === 'RESOURCE_EXHAUSTED' && !this.retryable ? 413 : CODES[this.code].http;
  }

  /** Anything that was thrown and is not ours is a defect of this program: INTERNAL, with the cause kept. */
  static from(thrown: unknown): OtlpError {
    if (thrown instanceof OtlpError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new OtlpError('INTERNAL', message, { cause: thrown });
  }
}
