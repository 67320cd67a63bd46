import { parse } from 'protobufjs';
import { SEVERITIES, type LogLine } from '../ingest/log-line';
import { SPAN_KINDS, type Span } from '../ingest/span';

/**
 * The messages of opentelemetry-proto as far as they are walked through; text as bytes, because protobufjs refuses
 * what is not UTF-8 and the Collector lets it pass.
 */
const SCHEMA = `
  syntax = "proto3";
  message TracesRequest { repeated ResourceSpans resources = 1; }
  message LogsRequest { repeated ResourceLogs resources = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopes = 2; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopes = 2; }
  message Resource { repeated KeyValue attributes = 1; repeated Empty entity_refs = 3; }
  message ScopeSpans { Scope scope = 1; repeated Span items = 2; }
  message ScopeLogs { Scope scope = 1; repeated LogRecord items = 2; }
  message Scope { repeated KeyValue attributes = 3; }
  message Empty {}
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13; Status status = 15;
  }
  message LogRecord {
    fixed64 time_unix_nano = 1; int32 severity_number = 2; AnyValue body = 5; repeated KeyValue attributes = 6;
    bytes trace_id = 9; bytes span_id = 10; fixed64 observed_time_unix_nano = 11;
  }
  message Event { repeated KeyValue attributes = 3; }
  message Link { repeated KeyValue attributes = 4; }
  message Status { int32 code = 3; }
  message KeyValue { bytes key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value {
      bytes string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
      ArrayValue array_value = 5; KvList kvlist_value = 6; bytes bytes_value = 7;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KvList { repeated KeyValue values = 1; }
`;

const { root } = parse(SCHEMA);

interface AnyValue {
  readonly value?: string;
  readonly stringValue?: number[];
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
}
interface KeyValue {
  readonly key: number[];
  readonly value?: AnyValue;
}
interface ProtoSpan {
  readonly traceId: number[];
  readonly spanId: number[];
  readonly parentSpanId: number[];
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: KeyValue[];
  readonly status?: { readonly code: number };
}
interface ProtoLogRecord {
  readonly timeUnixNano: string;
  readonly severityNumber: number;
  readonly body?: AnyValue;
  readonly traceId: number[];
  readonly spanId: number[];
  readonly observedTimeUnixNano: string;
}
/** Of an item, whichever of the two it is. */
type ProtoItem = ProtoSpan & ProtoLogRecord;
interface ProtoRequest {
  readonly resources: {
    readonly resource?: { readonly attributes: KeyValue[] };
    readonly scopes: { readonly items: ProtoItem[] }[];
  }[];
}

export interface Decoded<Item> {
  readonly count: number;
  readonly resources: { readonly attributes: Record<string, string>; readonly items: Item[] }[];
  readonly unusable: string[];
}

/** What decodeTraces has to agree with: protobufjs decodes all of it, and then the plain values are looked at. */
export function referenceDecodeTraces(body: Uint8Array): Decoded<Span> {
  return referenceDecode('TracesRequest', body, usable);
}

/** The same for decodeLogs. */
export function referenceDecodeLogs(body: Uint8Array): Decoded<LogLine> {
  return referenceDecode('LogsRequest', body, logLine);
}

function referenceDecode<Item>(
  type: string,
  body: Uint8Array,
  read: (item: ProtoItem, unusable: string[]) => Item[],
): Decoded<Item> {
  const request = root.lookupType(type);
  const { resources } = request.toObject(request.decode(body), {
    longs: String,
    bytes: Array,
    defaults: true,
    oneofs: true,
  }) as unknown as ProtoRequest;
  const unusable: string[] = [];
  const itemsOf = (scopes: readonly { readonly items: ProtoItem[] }[]): ProtoItem[] =>
    scopes.flatMap(({ items }) => items);
  return {
    count: resources.flatMap(({ scopes }) => itemsOf(scopes)).length,
    resources: resources.map(({ resource, scopes }) => ({
      attributes: texts(resource?.attributes ?? []),
      items: itemsOf(scopes).flatMap((item) => read(item, unusable)),
    })),
    unusable,
  };
}

function logLine(record: ProtoLogRecord, unusable: string[]): LogLine[] {
  const [time, observed] = [BigInt(record.timeUnixNano), BigInt(record.observedTimeUnixNano)];
  const timeNanos = time === 0n ? observed : time;
  if (timeNanos === 0n) {
    unusable.push('invalid_time');
    return [];
  }
  const id = (value: readonly number[], length: number): string =>
    value.length === length && value.some((byte) => byte !== 0) ? Buffer.from(value).toString('hex') : '';
  const severity = SEVERITIES.find((_, index) => {
    const first = 1 + index * 4;
    return record.severityNumber >= first && record.severityNumber < first + 4;
  });
  return [
    {
      traceId: id(record.traceId, 16),
      spanId: id(record.spanId, 8),
      timeNanos,
      ...(severity === undefined ? {} : { severity }),
      body: textOf(record.body) ?? '',
    },
  ];
}

function usable(span: ProtoSpan, unusable: string[]): Span[] {
  const [traceId, spanId] = [span.traceId, span.spanId].map((bytes) => Buffer.from(bytes).toString('hex'));
  const isId = (id: string | undefined, length: number): id is string =>
    id?.length === length && /[^0]/.test(id);
  if (!isId(traceId, 32) || !isId(spanId, 16)) {
    unusable.push('invalid_id');
    return [];
  }
  const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
  if (start === 0n || end < start) {
    unusable.push('invalid_time');
    return [];
  }
  const attributes = texts(span.attributes);
  const { 'http.route': http, 'rpc.service': service, 'rpc.method': method } = attributes;
  const rpc = service === undefined || method === undefined ? undefined : `${service}/${method}`;
  const route = http ?? rpc;
  return [
    {
      traceId,
      spanId,
      kind: SPAN_KINDS[span.kind] ?? 'unspecified',
      hasParent: span.parentSpanId.some((byte) => byte !== 0),
      ...(route === undefined ? {} : { route }),
      endMillis: Number(end / 1000n) / 1e3,
      durationMillis: Number(end - start) / 1e6,
      error: span.status?.code === 2,
    },
  ];
}

function texts(attributes: readonly KeyValue[]): Record<string, string> {
  const result: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { key, value } of attributes) {
    const text = textOf(value);
    if (text !== undefined) result[utf8(key)] ??= text;
  }
  return { ...result };
}

function textOf(value: AnyValue | undefined): string | undefined {
  switch (value?.value) {
    case 'stringValue':
      return utf8(value.stringValue ?? []);
    case 'boolValue':
      return String(value.boolValue);
    case 'intValue':
      return value.intValue;
    case 'doubleValue':
      return String(value.doubleValue);
    default:
      return undefined;
  }
}

function utf8(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString();
}
