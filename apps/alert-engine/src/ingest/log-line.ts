/** The ranges of opentelemetry-proto logs/v1 `SeverityNumber`, four numbers each, from 1 on. */
export const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The little of a log record that rules look at. */
export interface LogLine {
  /** 32 hex digits, or empty. */
  readonly traceId: string;
  /** 16 hex digits, or empty. */
  readonly spanId: string;
  /** `time_unix_nano`, else `observed_time_unix_nano`, which tells lines of one span apart. */
  readonly timeNanos: bigint;
  /** Absent when the number is 0 or none of the ranges'. */
  readonly severity?: Severity;
  /** A text body, cut at the limit; empty for lists, maps and bytes. */
  readonly body: string;
}
