import { type Signal, encodeBytesField, encodeVarintField } from '@trace/otlp';

export const RESOURCES = 4;
export const SPANS_PER_RESOURCE = 128;
export const ATTRIBUTES_PER_SPAN = 10;
export const SPANS = RESOURCES * SPANS_PER_RESOURCE;

/** The services of the payload's resources, and of the catalogue that knows them. */
export const SERVICES: readonly string[] = Array.from(
  { length: RESOURCES },
  (_, index) => `service-${index}`,
);

function stringAttribute(field: number, key: string, value: string): Buffer {
  return encodeBytesField(
    field,
    Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, encodeBytesField(1, value))]),
  );
}

function attributes(field: number, index: number): Buffer[] {
  return Array.from({ length: ATTRIBUTES_PER_SPAN }, (_, attribute) =>
    stringAttribute(field, `http.request.header.x-${attribute}`, `value-${index}-${attribute}`),
  );
}

function fixed64Field(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(field * 8 + 1);
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}

/** opentelemetry.proto.trace.v1.Span; ids are counted up, so that every run sends the same bytes. */
function span(resource: number, index: number): Buffer {
  const traceId = Buffer.alloc(16, resource + 1);
  const spanId = Buffer.alloc(8, index + 1);
  const start = 1_790_000_000_000_000_000n + BigInt(index) * 1_000_000n;
  return encodeBytesField(
    2, // ScopeSpans.spans
    Buffer.concat([
      encodeBytesField(1, traceId),
      encodeBytesField(2, spanId),
      encodeBytesField(5, 'GET /api/v1/users/:id'),
      encodeVarintField(6, 2), // SPAN_KIND_SERVER
      fixed64Field(7, start),
      fixed64Field(8, start + 12_345_678n),
      ...attributes(9, index),
    ]),
  );
}

/** opentelemetry.proto.logs.v1.LogRecord, with the attributes of a span. */
function logRecord(resource: number, index: number): Buffer {
  return encodeBytesField(
    2, // ScopeLogs.log_records
    Buffer.concat([
      fixed64Field(1, 1_790_000_000_000_000_000n + BigInt(index) * 1_000_000n),
      encodeVarintField(2, 9), // SEVERITY_NUMBER_INFO
      encodeBytesField(3, 'INFO'),
      encodeBytesField(5, encodeBytesField(1, `user ${index} was looked up in the directory`)),
      ...attributes(6, index),
      encodeBytesField(9, Buffer.alloc(16, resource + 1)),
      encodeBytesField(10, Buffer.alloc(8, index + 1)),
    ]),
  );
}

/** opentelemetry.proto.metrics.v1.Metric: a gauge with one data point. */
function metric(_resource: number, index: number): Buffer {
  const dataPoint = [
    ...attributes(7, index),
    fixed64Field(3, 1_790_000_000_000_000_000n),
    fixed64Field(4, 0x4045_0000_0000_0000n), // as_double 42
  ];
  return encodeBytesField(
    2, // ScopeMetrics.metrics
    Buffer.concat([
      encodeBytesField(1, `process.runtime.gauge-${index}`),
      encodeBytesField(3, 'By'),
      encodeBytesField(5, encodeBytesField(1, Buffer.concat(dataPoint))),
    ]),
  );
}

const RECORD = { traces: span, logs: logRecord, metrics: metric } as const;

export interface Shape {
  readonly signal: Signal;
  readonly resources: number;
  readonly recordsPerResource: number;
}

/** An encoded Export*ServiceRequest: 4 resources × 128 spans × 10 attributes, unless another shape is asked for. */
export function encodePayload({
  signal = 'traces',
  resources = RESOURCES,
  recordsPerResource = SPANS_PER_RESOURCE,
}: Partial<Shape> = {}): Buffer {
  return Buffer.concat(
    Array.from({ length: resources }, (_, resource) => {
      const attributesOfResource = [
        stringAttribute(1, 'service.name', SERVICES[resource % SERVICES.length] ?? ''),
        stringAttribute(1, 'service.version', '1.2.3'),
        stringAttribute(1, 'telemetry.sdk.language', 'nodejs'),
        stringAttribute(1, 'host.name', 'node-1'),
        stringAttribute(1, 'k8s.pod.ip', podAddress(resource * PODS_APART)),
      ];
      const scope = encodeBytesField(1, encodeBytesField(1, '@opentelemetry/instrumentation-http'));
      const records = Array.from({ length: recordsPerResource }, (__, index) =>
        RECORD[signal](resource, index),
      );
      return encodeBytesField(
        1,
        Buffer.concat([
          encodeBytesField(1, Buffer.concat(attributesOfResource)),
          encodeBytesField(2, Buffer.concat([scope, ...records])),
        ]),
      );
    }),
  );
}

/** Pods of the cluster that the benchmark's resources are of: every 13th. */
const PODS_APART = 13;

/** The address of the cluster's n-th pod. */
export function podAddress(pod: number): string {
  return `10.1.${pod >> 8}.${pod & 255}`;
}

export const STATIC_ATTRIBUTES: Readonly<Record<string, string>> = {
  'deployment.environment.name': 'bench',
  'cloud.region': 'eu-central-1',
  'k8s.cluster.name': 'bench',
};

/** What the catalogue adds to one service. */
export function catalogueAttributes(service: string): Readonly<Record<string, string>> {
  return {
    'service.owner': `team-${service}`,
    'service.criticality': 'high',
    'service.runbook.url': `https://runbooks.example.com/${service}`,
    'service.dashboard.url': `https://dashboards.example.com/${service}`,
  };
}
