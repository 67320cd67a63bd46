import type { AttributeValue } from '../enrich/attribute-additions';
import type { RecordRule, RecordView } from '../records/record-rule';
import type { Signal } from '../signal';
import { decodingMessage, encodedRecordsType } from './otlp-schema';
import { decode } from './reference';

export interface KeyValue {
  key?: Uint8Array;
  value?: { stringValue?: Uint8Array; intValue?: { toString(): string }; value?: string };
}
interface Record_ {
  attributes?: KeyValue[];
  body?: { stringValue?: Uint8Array; value?: string };
  timeUnixNano?: { toString(): string };
  severityNumber?: number;
  severityText?: Uint8Array;
  traceId?: Uint8Array;
  spanId?: Uint8Array;
}
type Decoded = Record<string, unknown>;

/** The types of the data points in the message that holds them. */
const POINTS: Readonly<Record<string, string>> = {
  Numbers: 'NumberPoint',
  Histogram: 'HistogramPoint',
  ExponentialHistogram: 'ExponentialPoint',
  Summary: 'SummaryPoint',
};

/** The same contract as `derive`: each record is decoded by itself, and what is derived is appended to it. */
export function referenceDerive(
  signal: Signal,
  request: Uint8Array,
  rules: readonly RecordRule[],
): Uint8Array {
  const type = encodedRecordsType(signal);
  const own = rules.filter(({ signals }) => signals.includes(signal));
  const message = decode(type, request);
  for (const container of listOf(message.containers)) {
    const resource = listOf(container.resource).flatMap(attributesOf);
    for (const scope of listOf(container.scopes)) {
      const recordType = signal === 'traces' ? 'Span' : 'LogRecord';
      if (signal !== 'metrics') appendTo(scope, 'records', recordType, resource, own);
      for (const metric of listOf(scope.metrics)) {
        for (const field of type.root.lookupType('Metric').fieldsArray) {
          const points = POINTS[field.resolvedType?.name ?? ''];
          if (points === undefined) continue;
          for (const data of listOf(metric[field.name])) appendTo(data, 'points', points, resource, own);
        }
      }
    }
  }
  return type.encode(message).finish();
}

function appendTo(
  parent: Decoded,
  field: string,
  typeName: string,
  resource: KeyValue[],
  rules: readonly RecordRule[],
): void {
  const records = parent[field] as Uint8Array[] | undefined;
  if (records === undefined) return;
  parent[field] = records.map((bytes) => {
    const record = decode(decodingMessage(typeName), bytes) as Record_;
    return Buffer.concat([bytes, ...additionsTo(record, typeName, resource, rules)]);
  });
}

function additionsTo(
  record: Record_,
  typeName: string,
  resource: KeyValue[],
  rules: readonly RecordRule[],
): Uint8Array[] {
  const derived: [string, AttributeValue][] = [];
  const fields: Decoded = {};
  for (const rule of rules) {
    const own = record.attributes ?? [];
    const view: RecordView = {
      get: (key) => {
        const earlier = derived.find(([name]) => name === key)?.[1];
        return firstString(own, key) ?? (typeof earlier === 'string' && earlier !== '' ? earlier : undefined);
      },
      resource: (key) => firstString(resource, key),
      body: () => (record.body?.value === 'stringValue' ? utf8(record.body.stringValue) : undefined),
    };
    const result = rule.derive(view);
    for (const [key, value] of Object.entries(result?.attributes ?? {})) {
      const taken =
        own.some((attribute) => utf8(attribute.key) === key) || derived.some(([name]) => name === key);
      if (!taken) derived.push([key, value]);
    }
    if (typeName !== 'LogRecord') continue;
    const { timeUnixNano, severityNumber, severityText, traceId, spanId } = result?.fields ?? {};
    if (String(record.timeUnixNano ?? '0') === '0')
      fields.timeUnixNano ??= timeUnixNano && Number(timeUnixNano);
    if ((record.severityNumber ?? 0) === 0) fields.severityNumber ??= severityNumber;
    if ((record.severityText ?? []).length === 0)
      fields.severityText ??= severityText && Buffer.from(severityText);
    if (isEmptyId(record.traceId)) fields.traceId ??= traceId;
    if (isEmptyId(record.spanId)) fields.spanId ??= spanId;
  }
  const attributes = derived.map(([key, value]) => ({ key: Buffer.from(key), value: anyValueOf(value) }));
  return [
    decodingMessage(typeName)
      .encode({ ...fields, attributes })
      .finish(),
  ];
}

export function anyValueOf(value: AttributeValue): Decoded {
  if (typeof value === 'string') return { stringValue: Buffer.from(value) };
  if (typeof value === 'number') return { intValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if ('double' in value) return { doubleValue: value.double };
  return { arrayValue: { values: value.map(anyValueOf) } };
}

function attributesOf(resource: Decoded): KeyValue[] {
  const encoded = (resource.attributes ?? []) as Uint8Array[];
  return encoded.map((bytes) => decode(decodingMessage('KeyValue'), bytes));
}

/** The first non-empty string under a key, else the first whole number. */
export function firstString(attributes: KeyValue[], key: string): string | undefined {
  const values = attributes.filter((attribute) => utf8(attribute.key) === key).map(({ value }) => value);
  const text = values
    .map((value) => value?.stringValue)
    .find((bytes) => bytes !== undefined && bytes.length > 0 && bytes.length <= 1024);
  if (text !== undefined) return utf8(text);
  const number = values.find((value) => value?.value === 'intValue');
  return number === undefined ? undefined : String(number.intValue);
}

function isEmptyId(id: Uint8Array | undefined): boolean {
  return (id ?? []).every((byte) => byte === 0);
}

function listOf(value: unknown): Decoded[] {
  return (value ?? []) as Decoded[];
}

function utf8(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

export function keysOf(attributes: KeyValue[]): string[] {
  return attributes.map(({ key }) => utf8(key));
}
