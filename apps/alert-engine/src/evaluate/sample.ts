import type { LogLine } from '../ingest/log-line';
import type { Span } from '../ingest/span';
import { matchesLine, matchesSpan } from './match';
import type { StreamingRule } from './rule';
import type { Sample } from './slice';

/** Longer log lines are cut when they are shown as evidence. */
const MAX_LINE_CHARS = 200;
const NANOS_PER_MICRO = 1000n;
const MICROS_PER_MILLI = 1e3;

/** What a rule's windows are told of a span; undefined when the rule does not look at it. */
export function spanSample(
  { match, condition }: StreamingRule,
  span: Span,
  nowMillis: number,
): Sample | undefined {
  if (!matchesSpan(match, span)) return undefined;
  if (condition.kind !== 'clock_ahead') return span;
  // A clock that is wrong puts a span nowhere in event time: it is judged by when it came.
  const { traceId, spanId, endMillis, error } = span;
  const durationMillis = Math.max(0, endMillis - nowMillis);
  return { traceId, spanId, endMillis: nowMillis, durationMillis, error };
}

/** The same for a log line. */
export function lineSample({ match }: StreamingRule, line: LogLine): Sample | undefined {
  if (!matchesLine(match, line)) return undefined;
  const { traceId, spanId, timeNanos, severity, body } = line;
  return {
    traceId,
    spanId,
    sequence: `${timeNanos} ${body}`,
    endMillis: Number(timeNanos / NANOS_PER_MICRO) / MICROS_PER_MILLI,
    durationMillis: 0,
    error: severity === 'error' || severity === 'fatal',
    line: body.slice(0, MAX_LINE_CHARS),
  };
}
