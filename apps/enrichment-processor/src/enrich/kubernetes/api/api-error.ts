import type { ApiStatus } from '../objects/api-shapes';

/** A closed set; each is a `reason` in the metrics. */
export const API_ERROR_REASONS = [
  'unauthorized',
  'forbidden',
  'not_found',
  'gone',
  'throttled',
  'server',
  'refused',
  'timeout',
  'connection',
  'certificate',
  'credentials',
  'too_large',
  'malformed',
] as const;
export type ApiErrorReason = (typeof API_ERROR_REASONS)[number];

/** A request to the API server that came to nothing. `message` says it for a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly reason: ApiErrorReason,
    message: string,
    /** How long the server asked to be left alone. */
    readonly retryAfterMillis?: number,
  ) {
    super(message);
  }

  /** From an answer other than 200, or from the Status object that ends a watch. */
  static fromStatus(code: number, status: ApiStatus | undefined, retryAfterHeader?: string): ApiError {
    const seconds = status?.details?.retryAfterSeconds ?? Number(retryAfterHeader ?? NaN);
    return new ApiError(
      reasonOf(code),
      status?.message ?? `HTTP ${code}`,
      Number.isFinite(seconds) ? seconds * 1000 : undefined,
    );
  }

  /** From what node:https and the file system throw. */
  static from(cause: unknown): ApiError {
    if (cause instanceof ApiError) return cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (CERTIFICATE.test(code)) return new ApiError('certificate', message);
    return new ApiError('connection', message || code);
  }
}

const CERTIFICATE = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

function reasonOf(code: number): ApiErrorReason {
  switch (code) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 410:
      return 'gone';
    case 429:
      return 'throttled';
    default:
      return code >= 500 ? 'server' : 'refused';
  }
}
