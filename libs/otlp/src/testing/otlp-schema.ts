import { type Type, parse } from 'protobufjs';
import type { Signal } from '../signal';

/**
 * opentelemetry-proto 1.11 for the three signals, with `string` as `bytes` so that text which is not UTF-8
 * survives a round trip. Written down apart from `records/otlp-shape.ts`, which is tested against it.
 */
const SCHEMA = `
  syntax = "proto3";
  message TracesRequest { repeated ResourceSpans containers = 1; }
  message LogsRequest { repeated ResourceLogs containers = 1; }
  message MetricsRequest { repeated ResourceMetrics containers = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopes = 2; text schema_url = 3; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopes = 2; text schema_url = 3; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopes = 2; text schema_url = 3; }
  message ScopeSpans { Scope scope = 1; repeated Span records = 2; text schema_url = 3; }
  message ScopeLogs { Scope scope = 1; repeated LogRecord records = 2; text schema_url = 3; }
  message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; text schema_url = 3; }
  message Resource {
    repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; repeated EntityRef entity_refs = 3;
  }
  message EntityRef {
    text schema_url = 1; text type = 2; repeated text id_keys = 3; repeated text description_keys = 4;
  }
  message Scope {
    text name = 1; text version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4;
  }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; text trace_state = 3; bytes parent_span_id = 4; text name = 5;
    int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10; repeated Event events = 11;
    uint32 dropped_events_count = 12; repeated Link links = 13; uint32 dropped_links_count = 14;
    Status status = 15; fixed32 flags = 16;
  }
  message Event {
    fixed64 time_unix_nano = 1; text name = 2; repeated KeyValue attributes = 3;
    uint32 dropped_attributes_count = 4;
  }
  message Link {
    bytes trace_id = 1; bytes span_id = 2; text trace_state = 3; repeated KeyValue attributes = 4;
    uint32 dropped_attributes_count = 5; fixed32 flags = 6;
  }
  message Status { text message = 2; int32 code = 3; }
  message LogRecord {
    fixed64 time_unix_nano = 1; int32 severity_number = 2; text severity_text = 3; AnyValue body = 5;
    repeated KeyValue attributes = 6; uint32 dropped_attributes_count = 7; fixed32 flags = 8;
    bytes trace_id = 9; bytes span_id = 10; fixed64 observed_time_unix_nano = 11; text event_name = 12;
  }
  message Metric {
    text name = 1; text description = 2; text unit = 3;
    oneof data {
      Numbers gauge = 5; Numbers sum = 7; Histogram histogram = 9; ExponentialHistogram exponential = 10;
      Summary summary = 11;
    }
    repeated KeyValue metadata = 12;
  }
  message Numbers { repeated NumberPoint points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
  message Histogram { repeated HistogramPoint points = 1; int32 aggregation_temporality = 2; }
  message ExponentialHistogram { repeated ExponentialPoint points = 1; int32 aggregation_temporality = 2; }
  message Summary { repeated SummaryPoint points = 1; }
  message NumberPoint { repeated Exemplar exemplars = 5; repeated KeyValue attributes = 7; }
  message HistogramPoint { repeated Exemplar exemplars = 8; repeated KeyValue attributes = 9; }
  message ExponentialPoint { repeated KeyValue attributes = 1; repeated Exemplar exemplars = 11; }
  message SummaryPoint { repeated KeyValue attributes = 7; }
  message Exemplar { repeated KeyValue filtered_attributes = 7; }
  message KeyValue { text key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value {
      text string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
      ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7;
      int32 string_value_strindex = 8;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
`;

/** Fields that hold text or lead to some, each as often as it is there; all others are unknown fields. */
const OCCURRENCES = SCHEMA.replace(/oneof \w+ \{([^}]*)\}/g, '$1')
  .replace(/bytes (bytes_value)/g, 'text $1')
  .replace(/(?:bool|bytes|double|fixed32|fixed64|int32|int64|uint32) \w+ = \d+;/g, '')
  .replace(/(?<!repeated )\b(\w+) (\w+) = (\d+);/g, 'repeated $1 $2 = $3;');

const toBytes = (schema: string): string => schema.replace(/\btext (\w+ =)/g, 'bytes $1');

const REQUESTS: Readonly<Record<Signal, string>> = {
  traces: 'TracesRequest',
  logs: 'LogsRequest',
  metrics: 'MetricsRequest',
};

/** As a receiver decodes: of a field that must not repeat the last one counts, messages are merged. */
const decoding = parse(toBytes(SCHEMA)).root;
/** As `redact` looks at requests: every occurrence of every field. */
const occurrences = parse(toBytes(OCCURRENCES)).root;
/** The same, with each value left encoded. */
const encodedValues = parse(
  toBytes(OCCURRENCES.replace(/AnyValue (value|values|body) =/g, 'text $1 =')),
).root;
/** The same, with each span, log record, data point and attribute left encoded. */
const encodedRecords = parse(
  toBytes(OCCURRENCES.replace(/(?:KeyValue (\w+)|\w+ (records|points)) =/g, 'text $1$2 =')),
).root;

/** The same, with each Resource left encoded. */
const encodedResources = parse(
  toBytes(OCCURRENCES.replace(/Resource (resource) =/g, 'text $1 =').replace(/\w+ (scopes) =/g, 'text $1 =')),
).root;

export const decodingType = (signal: Signal): Type => decoding.lookupType(REQUESTS[signal]);
export const decodingMessage = (name: string): Type => decoding.lookupType(name);
export const occurrencesType = (signal: Signal): Type => occurrences.lookupType(REQUESTS[signal]);
export const encodedValuesType = (signal: Signal): Type => encodedValues.lookupType(REQUESTS[signal]);
export const encodedValuesMessage = (name: string): Type => encodedValues.lookupType(name);
export const encodedRecordsType = (signal: Signal): Type => encodedRecords.lookupType(REQUESTS[signal]);
export const encodedResourcesType = (signal: Signal): Type => encodedResources.lookupType(REQUESTS[signal]);
