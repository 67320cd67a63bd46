import type { Logger } from 'pino';

/** Injection token of RequestLogOptions. */
export const REQUEST_LOG_OPTIONS = Symbol('RequestLogOptions');

/** `TelemetryModule.forRoot()`: one line for each request, in the service's own log. */
export interface RequestLogOptions {
  /** Of `createLogger`, so that each line carries the ids of its span. */
  readonly logger: Pick<Logger, 'info'>;
  /** HTTP paths that make no line. Default: `/health`, `/healthz`, `/readyz`, `/metrics`. */
  readonly unloggedPaths?: readonly string[];
  /** Default: no body is logged, whatever it is. */
  readonly bodies?: BodyOptions;
}

export interface BodyOptions {
  /**
   * Media types whose bodies are logged, e.g. `application/json`, `application/x-www-form-urlencoded`, `text/plain`;
   * `application/grpc` for gRPC. Messages have the type that their transport says they have.
   */
  readonly contentTypes: readonly string[];
  /** A longer body is left out, and only its size is told. Default: 2048 bytes. */
  readonly maxBytes?: number;
  /** Names of members and form fields whose values are masked, beside those that sound secret by themselves. */
  readonly maskedFields?: readonly string[];
}

export const DEFAULT_UNLOGGED_PATHS: readonly string[] = ['/health', '/healthz', '/readyz', '/metrics'];
const DEFAULT_MAX_BODY_BYTES = 2048;

/** The options with their defaults, as the loggers of each protocol use them. */
export interface BodyRules {
  readonly maxBytes: number;
  readonly takes: (contentType: string | undefined) => boolean;
  readonly isMasked: (name: string) => boolean;
}

/** The last word of a name says what it is: `accessToken`, `API_KEY`, `card-number`. */
const SECRET_NAME =
  /(^|[^a-z])(tokens?|secrets?|passwords?|passwd|passphrases?|pins?|cvv|cvc|credentials?|authorization|cookies?|signature|(api|private|access) ?key|(card|account) ?numbers?|iban|ssn)$/;

export function bodyRules({
  contentTypes,
  maxBytes = DEFAULT_MAX_BODY_BYTES,
  maskedFields = [],
}: BodyOptions): BodyRules {
  const types = new Set(contentTypes.map((type) => type.toLowerCase()));
  const masked = new Set(maskedFields.map(wordsOf));
  return {
    maxBytes,
    takes: (contentType) => types.has(mediaTypeOf(contentType)),
    isMasked: (name) => {
      const words = wordsOf(name);
      return masked.has(words) || SECRET_NAME.test(words);
    },
  };
}

/** `Application/JSON; charset=utf-8` → `application/json`. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** `accessToken`, `access_token` and `Access-Token` are one name. */
function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();
}
