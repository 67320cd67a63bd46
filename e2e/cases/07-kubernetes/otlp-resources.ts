import { OtlpForwarder } from '@trace/otlp';
import { parse } from 'protobufjs';
import type { CapturedAttributes } from '../../support/otlp-capture.ts';
import { eventually } from '../../support/wait.ts';

export type Resource = CapturedAttributes;
export type Value = Resource[string];

/** The part of opentelemetry-proto that resources are made of. */
const REQUEST = parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span { bytes trace_id = 1; bytes span_id = 2; string name = 5; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; int64 int_value = 3; ArrayValue array_value = 5; } }
  message ArrayValue { repeated AnyValue values = 1; }
`).root.lookupType('Request');

/** An export request of one span for each resource. */
export function encodeResources(resources: readonly Resource[]): Uint8Array {
  return REQUEST.encode(
    REQUEST.fromObject({
      resourceSpans: resources.map((resource) => ({
        resource: {
          attributes: Object.entries(resource).map(([key, value]) => ({ key, value: anyValue(value) })),
        },
        scopeSpans: [
          { spans: [{ traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1), name: 'parity' }] },
        ],
      })),
    }),
  ).finish();
}

function anyValue(value: Value): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { intValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
}

const MAX_RESPONSE_BYTES = 1024 ** 2;

/** Sends requests one after the other to an OTLP/gRPC server, from when it listens. */
export async function sendRequests(
  endpoint: string,
  requests: readonly (readonly Resource[])[],
): Promise<void> {
  const forwarder = new OtlpForwarder({
    endpoint,
    timeoutMillis: 60_000,
    keepaliveMillis: 360_000,
    keepaliveTimeoutMillis: 60_000,
    maxReconnectMillis: 200,
    maxResponseBytes: MAX_RESPONSE_BYTES,
  });
  try {
    for (const request of requests) {
      const body = encodeResources(request);
      await eventually(`${endpoint} takes a request`, () => forwarder.export('traces', body), {
        timeoutMillis: 90_000,
      });
    }
  } finally {
    forwarder.close();
  }
}
