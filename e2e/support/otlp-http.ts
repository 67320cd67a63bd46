import {
  newSpanId,
  newTraceId,
  otlpAttributes,
  unixNanos,
  type SpanToSend,
} from '../../launcher/src/backends/otlp-json.ts';

export {
  collectorUrl,
  logsBody,
  newSpanId,
  newTraceId,
  postOtlp,
  tracesBody,
  type LogToSend,
  type SpanToSend,
} from '../../launcher/src/backends/otlp-json.ts';

export function metricsBody(
  service: string,
  name: string,
  value: number,
  pointAttributes: Readonly<Record<string, string>> = {},
  timeEpochMillis = Date.now(),
): unknown {
  const timeUnixNano = unixNanos(timeEpochMillis);
  return {
    resourceMetrics: [
      {
        resource: { attributes: otlpAttributes({ 'service.name': service }) },
        scopeMetrics: [
          {
            scope: { name: 'trace' },
            metrics: [
              {
                name,
                gauge: {
                  dataPoints: [
                    { timeUnixNano, asDouble: value, attributes: otlpAttributes(pointAttributes) },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  };
}

export interface SpanKind {
  readonly durationMillis?: number;
  readonly error?: boolean;
  /** All spans of one trace; without it each is a trace of its own. */
  readonly traceId?: string;
}

/** Server spans that end now. */
export function newSpans(
  count: number,
  { durationMillis = 5, error = false, traceId }: SpanKind = {},
): SpanToSend[] {
  const endEpochMillis = Date.now();
  return Array.from({ length: count }, () => ({
    traceId: traceId ?? newTraceId(),
    spanId: newSpanId(),
    startEpochMillis: endEpochMillis - durationMillis,
    endEpochMillis,
    error,
  }));
}
