import { OtlpError, WireType, type WireReader } from '@trace/otlp';

/**
 * Which length-delimited fields of a message are messages themselves, by tag (field number × 8 + 2). Fields
 * that are not listed hold no message and are only passed over.
 * https://github.com/open-telemetry/opentelemetry-proto/tree/v1.9.0/opentelemetry/proto
 */
export interface Shape {
  readonly messages: ReadonlyMap<number, Shape>;
}

export const tagOfMessage = (field: number): number => field * 8 + WireType.Bytes;

function shape(fields: Readonly<Record<number, Shape>> = {}): Shape {
  return { messages: new Map(Object.entries(fields).map(([n, s]) => [tagOfMessage(Number(n)), s])) };
}

/** AnyValue and KeyValue contain each other, so the table is tied together after it is made. */
function attributeShapes(): { anyValue: Shape; keyValue: Shape } {
  const value = new Map<number, Shape>();
  const anyValue: Shape = { messages: value };
  const keyValue = shape({ 2: anyValue });
  value.set(tagOfMessage(5), shape({ 1: anyValue }));
  value.set(tagOfMessage(6), shape({ 1: keyValue }));
  return { anyValue, keyValue };
}

const { anyValue: ANY_VALUE, keyValue: KEY_VALUE } = attributeShapes();
const RESOURCE = shape({ 1: KEY_VALUE, 3: shape() });
const SCOPE = shape({ 3: KEY_VALUE });
const SPAN = shape({
  9: KEY_VALUE,
  11: shape({ 3: KEY_VALUE }),
  13: shape({ 4: KEY_VALUE }),
  15: shape(),
});

/** collector/trace/v1 ExportTraceServiceRequest. */
export const TRACES = shape({ 1: shape({ 1: RESOURCE, 2: shape({ 1: SCOPE, 2: SPAN }) }) });
const LOG_RECORD = shape({ 5: ANY_VALUE, 6: KEY_VALUE });
/** collector/logs/v1 ExportLogsServiceRequest. */
export const LOGS = shape({ 1: shape({ 1: RESOURCE, 2: shape({ 1: SCOPE, 2: LOG_RECORD }) }) });
/** collector/metrics/v1 ExportMetricsServiceRequest; data points are not looked into. */
export const METRICS = shape({ 1: shape({ 1: RESOURCE, 2: shape({ 1: SCOPE, 2: shape() }) }) });

/** Where the items (spans, log records, metrics) lie: request → resource → scope → item. */
const ITEM_DEPTH = 3;

/**
 * Walks through the whole message and through every message in it, so that what is read afterwards cannot
 * turn out broken half way.
 * @returns the number of spans, log records or metrics.
 * @throws OtlpError INVALID_ARGUMENT for bytes that are not such a message, or nest deeper than `maxDepth`.
 */
export function validateMessage(reader: WireReader, root: Shape, maxDepth: number): number {
  return walk(reader, root, 0, maxDepth);
}

function walk(reader: WireReader, current: Shape, depth: number, maxDepth: number): number {
  if (depth > maxDepth) {
    throw new OtlpError('INVALID_ARGUMENT', `messages nest over ${maxDepth} deep`);
  }
  let items = 0;
  while (!reader.done) {
    const tag = reader.tag();
    const inner = current.messages.get(tag);
    if (inner === undefined) {
      reader.skip(tag & 7, tag >>> 3);
      continue;
    }
    // Every request has its items as field 2 of field 2 of field 1, whatever the signal.
    if (depth === ITEM_DEPTH - 1 && tag >>> 3 === 2) items += 1;
    // One cursor for all levels: its end is narrowed for the inner message and put back.
    const { end } = reader;
    const innerEnd = reader.range();
    reader.end = innerEnd;
    items += walk(reader, inner, depth + 1, maxDepth);
    reader.end = end;
  }
  return items;
}
