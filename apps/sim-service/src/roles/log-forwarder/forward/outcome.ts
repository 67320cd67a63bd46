/** What came of one request to the Collector. https://opentelemetry.io/docs/specs/otlp/#otlphttp-response */
export type Outcome =
  | {
      readonly kind: 'accepted';
      /** Of a partial success: these are not to be sent again. */
      readonly rejectedRecords: number;
      readonly detail: string;
    }
  | {
      readonly kind: 'retryable';
      /** A short word for a metric's label: the status, or `connection`. */
      readonly reason: string;
      readonly detail: string;
      /** The Collector has asked for this long a wait. */
      readonly retryAfterMillis: number | undefined;
    }
  | { readonly kind: 'rejected'; readonly reason: string; readonly detail: string };

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** A wish for longer is taken for this: a mistaken date must not stop the road for a day. */
const MAX_RETRY_AFTER_MILLIS = 300_000;

/** Of an answer that is no success. */
export function failureOf(
  status: number,
  detail: string,
  retryAfter: string | null,
  nowEpochMillis: number,
): Outcome {
  const reason = String(status);
  return RETRYABLE_STATUSES.has(status)
    ? { kind: 'retryable', reason, detail, retryAfterMillis: retryAfterMillis(retryAfter, nowEpochMillis) }
    : { kind: 'rejected', reason, detail };
}

/** Seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function retryAfterMillis(text: string | null, nowEpochMillis: number): number | undefined {
  if (text === null) return undefined;
  const millis = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowEpochMillis;
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(millis, 0), MAX_RETRY_AFTER_MILLIS);
}
