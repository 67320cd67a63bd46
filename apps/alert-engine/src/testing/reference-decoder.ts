import { parse } from 'protobufjs';
import { SPAN_KINDS, type Span } from '../ingest/span';

/**
 * The messages of opentelemetry-proto as far as they are walked through; text as bytes, because protobufjs refuses
 * what is not UTF-8 and the Collector lets it pass.
 */
const SCHEMA = `
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; repeated Empty entity_refs = 3; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message Scope { repeated KeyValue attributes = 3; }
  message Empty {}
  message Span {
    bytes trace_id = 1; bytes span_id = 2; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13; Status status = 15;
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

const request = parse(SCHEMA).root.lookupType('Request');

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
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: KeyValue[];
  readonly status?: { readonly code: number };
}
interface ProtoRequest {
  readonly resourceSpans: {
    readonly resource?: { readonly attributes: KeyValue[] };
    readonly scopeSpans: { readonly spans: ProtoSpan[] }[];
  }[];
}

export interface Decoded {
  readonly spanCount: number;
  readonly resources: { readonly attributes: Record<string, string>; readonly spans: Span[] }[];
  readonly unusable: string[];
}

/** What decodeTraces has to agree with: protobufjs decodes all of it, and then the plain values are looked at. */
export function referenceDecode(body: Uint8Array): Decoded {
  const message = request.toObject(request.decode(body), {
    longs: String,
    bytes: Array,
    defaults: true,
    oneofs: true,
  }) as unknown as ProtoRequest;
  const unusable: string[] = [];
  const resources = message.resourceSpans.map(({ resource, scopeSpans }) => ({
    attributes: texts(resource?.attributes ?? []),
    spans: scopeSpans.flatMap(({ spans }) => spans).flatMap((span) => usable(span, unusable)),
  }));
  const all = message.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  return { spanCount: all.length, resources, unusable };
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
