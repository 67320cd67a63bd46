import type { Signal } from '../signal';

/**
 * What a length-delimited field holds, as far as privacy rules are concerned.
 *
 * - text: a string
 * - key: a string that names an attribute (EntityRef.id_keys)
 * - attribute: a KeyValue
 * - value: an AnyValue
 * - a shape: a message with fields of its own
 */
export type Field = 'text' | 'key' | 'attribute' | 'value' | Shape;
/** Fields by their tag (field number × 8 + 2); no field that matters here has a number over 15. */
export type Shape = readonly (Field | undefined)[];

function shape(fields: Readonly<Record<number, Field>>): Shape {
  const byTag = Array.from({ length: 128 }, (): Field | undefined => undefined);
  for (const [number, field] of Object.entries(fields)) byTag[Number(number) * 8 + 2] = field;
  return byTag;
}

/*
 * opentelemetry-proto 1.11: every string and every attribute of the three signals. Ids and packed numbers are
 * the only length-delimited fields that are left out.
 */
const entityRef = shape({ 1: 'text', 2: 'text', 3: 'key', 4: 'key' });
const resource = shape({ 1: 'attribute', 3: entityRef });
const scope = shape({ 1: 'text', 2: 'text', 3: 'attribute' });

const event = shape({ 2: 'text', 3: 'attribute' });
const link = shape({ 3: 'text', 4: 'attribute' });
const status = shape({ 2: 'text' });
const span = shape({ 3: 'text', 5: 'text', 9: 'attribute', 11: event, 13: link, 15: status });

const logRecord = shape({ 3: 'text', 5: 'value', 6: 'attribute', 12: 'text' });

const exemplar = shape({ 7: 'attribute' });
const numbers = shape({ 1: shape({ 5: exemplar, 7: 'attribute' }) });
const histogram = shape({ 1: shape({ 8: exemplar, 9: 'attribute' }) });
const exponentialHistogram = shape({ 1: shape({ 1: 'attribute', 11: exemplar }) });
const summary = shape({ 1: shape({ 7: 'attribute' }) });
const metric = shape({
  1: 'text',
  2: 'text',
  3: 'text',
  5: numbers, // Gauge
  7: numbers, // Sum
  9: histogram,
  10: exponentialHistogram,
  11: summary,
  12: 'attribute', // metadata
});

/** What an AnyValue can hold besides one value. */
export const ARRAY_VALUE = shape({ 1: 'value' });
export const KEY_VALUE_LIST = shape({ 1: 'attribute' });

/** Request { repeated ResourceX = 1 }, ResourceX { resource = 1, scopes = 2, schema_url = 3 }, and so on. */
function request(record: Shape): Shape {
  const scopeRecords = shape({ 1: scope, 2: record, 3: 'text' });
  return shape({ 1: shape({ 1: resource, 2: scopeRecords, 3: 'text' }) });
}

/** Export{Trace,Logs,Metrics}ServiceRequest. */
export const REQUEST_SHAPES: Readonly<Record<Signal, Shape>> = {
  traces: request(span),
  logs: request(logRecord),
  metrics: request(metric),
};
