/** opentelemetry-proto trace/v1 `Span.SpanKind`, by number; names as OpenTelemetry writes them. */
export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** The little of a span that rules look at. */
export interface Span {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly kind: SpanKind;
  /** Whether it names a parent, here or in another service. */
  readonly hasParent: boolean;
  /** `http.route`, else `rpc.service/rpc.method`; absent when the span has neither. */
  readonly route?: string;
  /** Event time: the span's end, milliseconds since the epoch (with a fraction). */
  readonly endMillis: number;
  readonly durationMillis: number;
  /** Status code ERROR. */
  readonly error: boolean;
}
