import { encodeBytesField, encodeVarintField } from '@trace/otlp';
import { randomBytes } from 'node:crypto';

/** A span as a test thinks of it. */
export interface TestSpan {
  readonly traceId?: string;
  readonly spanId?: string;
  /** Absent or empty: none. */
  readonly parentSpanId?: string;
  readonly endMillis: number;
  readonly durationMillis: number;
  readonly error?: boolean;
  readonly kind?: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

const SERVER = 2;

/** An ExportTraceServiceRequest with one resource for each service. */
export function tracesRequest(
  services: readonly (readonly [service: string, spans: readonly TestSpan[]])[],
  resource: Readonly<Record<string, string>> = {},
): Buffer {
  return Buffer.concat(
    services.map(([service, spans]) =>
      encodeBytesField(
        1,
        Buffer.concat([
          encodeBytesField(1, attributes(1, { 'service.name': service, ...resource })),
          encodeBytesField(2, Buffer.concat(spans.map((span) => encodeBytesField(2, encodeSpan(span))))),
        ]),
      ),
    ),
  );
}

export function encodeSpan(span: TestSpan): Buffer {
  const end = BigInt(Math.round(span.endMillis * 1e3)) * 1000n;
  const start = end - BigInt(Math.round(span.durationMillis * 1e6));
  return Buffer.concat([
    encodeBytesField(1, span.traceId === undefined ? randomBytes(16) : Buffer.from(span.traceId, 'hex')),
    encodeBytesField(2, span.spanId === undefined ? randomBytes(8) : Buffer.from(span.spanId, 'hex')),
    ...((span.parentSpanId ?? '') === ''
      ? []
      : [encodeBytesField(4, Buffer.from(span.parentSpanId ?? '', 'hex'))]),
    encodeVarintField(6, span.kind ?? SERVER),
    fixed64(7, start),
    fixed64(8, end),
    attributes(9, span.attributes ?? {}),
    ...(span.error === true ? [encodeBytesField(15, encodeVarintField(3, 2))] : []),
  ]);
}

/** KeyValues with text values, as a repeated field of this number. */
export function attributes(field: number, values: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(values).map(([key, value]) =>
      encodeBytesField(
        field,
        Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, encodeBytesField(1, value))]),
      ),
    ),
  );
}

export function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(field * 8 + 1);
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}
