import { randomBytes } from 'node:crypto';

/** OTLP/HTTP in JSON: what a test sends as a service of its own. */

export const collectorUrl = 'http://127.0.0.1:4318';

export interface SpanToSend {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startEpochMillis: number;
  readonly endEpochMillis: number;
  readonly error?: boolean;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

export interface LogToSend {
  readonly body: string;
  readonly timeEpochMillis: number;
  readonly traceId?: string;
}

export const newTraceId = (): string => randomBytes(16).toString('hex');
export const newSpanId = (): string => randomBytes(8).toString('hex');

const SPAN_KIND_SERVER = 2;
const STATUS_ERROR = 2;

export function tracesBody(
  resources: readonly (readonly [service: string, spans: readonly SpanToSend[]])[],
): unknown {
  return {
    resourceSpans: resources.map(([service, spans]) => ({
      resource: { attributes: attributes({ 'service.name': service }) },
      scopeSpans: [
        {
          scope: { name: 'e2e' },
          spans: spans.map((span) => ({
            traceId: span.traceId,
            spanId: span.spanId,
            ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
            name: span.name ?? 'e2e',
            kind: span.kind ?? SPAN_KIND_SERVER,
            startTimeUnixNano: nanos(span.startEpochMillis),
            endTimeUnixNano: nanos(span.endEpochMillis),
            status: span.error === true ? { code: STATUS_ERROR } : {},
            attributes: attributes(span.attributes ?? {}),
          })),
        },
      ],
    })),
  };
}

export function logsBody(service: string, logs: readonly LogToSend[]): unknown {
  return {
    resourceLogs: [
      {
        resource: { attributes: attributes({ 'service.name': service }) },
        scopeLogs: [
          {
            scope: { name: 'e2e' },
            logRecords: logs.map(({ body, timeEpochMillis, traceId }) => ({
              timeUnixNano: nanos(timeEpochMillis),
              severityNumber: 9,
              severityText: 'INFO',
              body: { stringValue: body },
              ...(traceId === undefined ? {} : { traceId }),
            })),
          },
        ],
      },
    ],
  };
}

export function metricsBody(
  service: string,
  name: string,
  value: number,
  pointAttributes: Readonly<Record<string, string>> = {},
): unknown {
  const now = nanos(Date.now());
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributes({ 'service.name': service }) },
        scopeMetrics: [
          {
            scope: { name: 'e2e' },
            metrics: [
              {
                name,
                gauge: {
                  dataPoints: [
                    { timeUnixNano: now, asDouble: value, attributes: attributes(pointAttributes) },
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

/** Posts one export request; the HTTP status, or 0 when there was no answer. */
export async function postOtlp(
  signal: 'traces' | 'logs' | 'metrics',
  body: unknown,
  { url = collectorUrl, timeoutMillis = 60_000 } = {},
): Promise<number> {
  try {
    const response = await fetch(`${url}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMillis),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

function attributes(values: Readonly<Record<string, string | number>>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

function nanos(epochMillis: number): string {
  return (BigInt(Math.round(epochMillis * 1000)) * 1000n).toString();
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
