import type { WireReader } from '@trace/otlp';
import { attributeText } from './attributes';
import type { DecodeLimits, Sink } from './decode-request';
import { hex, int32 } from './fields';
import { SEVERITIES, type LogLine, type Severity } from './log-line';
import { tagOfMessage } from './otlp-shapes';

const TIME = 1 * 8 + 1;
const SEVERITY_NUMBER = 2 * 8;
const BODY = tagOfMessage(5);
const TRACE_ID = tagOfMessage(9);
const SPAN_ID = tagOfMessage(10);
const OBSERVED_TIME = 11 * 8 + 1;

const NUMBERS_PER_SEVERITY = 4;

/** Reads a logs/v1 LogRecord that has been validated, and hands it to the sink, or says why it cannot be used. */
export function readLogLine(record: WireReader, limits: DecodeLimits, sink: Sink<LogLine>): void {
  let timeNanos = 0n;
  let observedNanos = 0n;
  let severityNumber = 0;
  let traceId = '';
  let spanId = '';
  const body: WireReader[] = [];
  while (!record.done) {
    const tag = record.tag();
    switch (tag) {
      case TIME:
        timeNanos = record.fixed64();
        break;
      case SEVERITY_NUMBER:
        severityNumber = int32(record);
        break;
      case BODY:
        body.push(record.message());
        break;
      case TRACE_ID:
        traceId = hex(record.bytes());
        break;
      case SPAN_ID:
        spanId = hex(record.bytes());
        break;
      case OBSERVED_TIME:
        observedNanos = record.fixed64();
        break;
      default:
        record.skip(tag & 7, tag >>> 3);
    }
  }
  if (timeNanos === 0n) timeNanos = observedNanos;
  if (timeNanos === 0n) {
    sink.unusable('invalid_time', 1);
    return;
  }
  const severity = severityOf(severityNumber);
  sink.item({
    traceId: idOrNone(traceId, 32),
    spanId: idOrNone(spanId, 16),
    timeNanos,
    ...(severity === undefined ? {} : { severity }),
    body: attributeText(body, limits.maxAttributeBytes) ?? '',
  });
}

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
function severityOf(number: number): Severity | undefined {
  return number < 1 ? undefined : SEVERITIES[Math.floor((number - 1) / NUMBERS_PER_SEVERITY)];
}

/** Most lines of most programs belong to no trace, so an id that is none is no mistake. */
function idOrNone(id: string, length: number): string {
  return id.length === length && /[^0]/.test(id) ? id : '';
}
