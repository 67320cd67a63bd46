import type { WireReader } from '@trace/otlp';
import { attributeText, readAttribute } from './attributes';
import type { DecodeLimits, Sink } from './decode-request';
import { hex, int32, MICROS_PER_MILLI, NANOS_PER_MILLI } from './fields';
import { tagOfMessage } from './otlp-shapes';
import { SPAN_KINDS, type Span } from './span';

const TRACE_ID = tagOfMessage(1);
const SPAN_ID = tagOfMessage(2);
const PARENT_SPAN_ID = tagOfMessage(4);
const KIND = 6 * 8;
const START_TIME = 7 * 8 + 1;
const END_TIME = 8 * 8 + 1;
const ATTRIBUTES = tagOfMessage(9);
const STATUS = tagOfMessage(15);
const STATUS_CODE = 3 * 8;

const STATUS_CODE_ERROR = 2;

const HTTP_ROUTE = 'http.route';
const RPC_SERVICE = 'rpc.service';
const RPC_METHOD = 'rpc.method';
/** Keys longer than this are none of the three, and are not even decoded. */
const MAX_KEY_BYTES = RPC_SERVICE.length;

const NO_TRACE_ID = '0'.repeat(32);
const NO_SPAN_ID = '0'.repeat(16);

/** Reads a trace/v1 Span that has been validated, and hands it to the sink, or says why it cannot be used. */
export function readSpan(span: WireReader, limits: DecodeLimits, sink: Sink<Span>): void {
  let traceId = '';
  let spanId = '';
  let hasParent = false;
  let kind = 0;
  let startNanos = 0n;
  let endNanos = 0n;
  let isError = false;
  let attributeCount = 0;
  const names: RouteParts = {};
  while (!span.done) {
    const tag = span.tag();
    switch (tag) {
      case TRACE_ID:
        traceId = hex(span.bytes());
        break;
      case SPAN_ID:
        spanId = hex(span.bytes());
        break;
      case PARENT_SPAN_ID:
        hasParent = span.bytes().some((byte) => byte !== 0);
        break;
      case KIND:
        kind = int32(span);
        break;
      case START_TIME:
        startNanos = span.fixed64();
        break;
      case END_TIME:
        endNanos = span.fixed64();
        break;
      case ATTRIBUTES:
        attributeCount += 1;
        if (attributeCount <= limits.maxAttributes) readRoutePart(span.message(), limits, names);
        else span.skip(tag & 7);
        break;
      case STATUS:
        isError = readStatus(span.message(), isError);
        break;
      default:
        span.skip(tag & 7, tag >>> 3);
    }
  }
  if (attributeCount > limits.maxAttributes) sink.unusable('too_many_attributes', 1);
  if (traceId.length !== 32 || spanId.length !== 16 || traceId === NO_TRACE_ID || spanId === NO_SPAN_ID) {
    sink.unusable('invalid_id', 1);
    return;
  }
  if (startNanos === 0n || endNanos < startNanos) {
    sink.unusable('invalid_time', 1);
    return;
  }
  const route = routeOf(names);
  sink.item({
    traceId,
    spanId,
    kind: SPAN_KINDS[kind] ?? 'unspecified',
    hasParent,
    ...(route === undefined ? {} : { route }),
    // To the microsecond: a double cannot tell nanoseconds of this age apart.
    endMillis: Number(endNanos / 1000n) / MICROS_PER_MILLI,
    durationMillis: Number(endNanos - startNanos) / NANOS_PER_MILLI,
    error: isError,
  });
}

interface RouteParts {
  [HTTP_ROUTE]?: string;
  [RPC_SERVICE]?: string;
  [RPC_METHOD]?: string;
}

function readRoutePart(keyValue: WireReader, limits: DecodeLimits, names: RouteParts): void {
  const attribute = readAttribute(keyValue, MAX_KEY_BYTES);
  if (attribute === undefined) return;
  const { key } = attribute;
  if (key !== HTTP_ROUTE && key !== RPC_SERVICE && key !== RPC_METHOD) return;
  const text = attributeText(attribute.value, limits.maxAttributeBytes);
  if (text !== undefined) names[key] ??= text;
}

function routeOf(names: RouteParts): string | undefined {
  if (names[HTTP_ROUTE] !== undefined) return names[HTTP_ROUTE];
  const service = names[RPC_SERVICE];
  const method = names[RPC_METHOD];
  return service === undefined || method === undefined ? undefined : `${service}/${method}`;
}

function readStatus(status: WireReader, before: boolean): boolean {
  let isError = before;
  while (!status.done) {
    const tag = status.tag();
    if (tag === STATUS_CODE) isError = int32(status) === STATUS_CODE_ERROR;
    else status.skip(tag & 7, tag >>> 3);
  }
  return isError;
}
