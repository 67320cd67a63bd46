import { randomBytes } from 'node:crypto';

import { otelcol } from '../programs/outside.ts';

/** OTLP/HTTP in JSON: what a drill or a test sends as a service of its own. */

export const collectorUrl = otelcol.address ?? '';

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
  readonly isError?: boolean;
}

export const newTraceId = (): string => randomBytes(16).toString('hex');
export const newSpanId = (): string => randomBytes(8).toString('hex');

const SPAN_KIND_SERVER = 2;
const STATUS_ERROR = 2;
/** Severity numbers of the log data model. */
const INFO = { severityNumber: 9, severityText: 'INFO' };
const ERROR = { severityNumber: 17, severityText: 'ERROR' };
const SCOPE = { name: 'trace' };

export function tracesBody(
  resources: readonly (readonly [service: string, spans: readonly SpanToSend[]])[],
): unknown {
  return {
    resourceSpans: resources.map(([service, spans]) => ({
      resource: { attributes: otlpAttributes({ 'service.name': service }) },
      scopeSpans: [
        {
          scope: SCOPE,
          spans: spans.map((span) => ({
            traceId: span.traceId,
            spanId: span.spanId,
            ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
            name: span.name ?? SCOPE.name,
            kind: span.kind ?? SPAN_KIND_SERVER,
            startTimeUnixNano: unixNanos(span.startEpochMillis),
            endTimeUnixNano: unixNanos(span.endEpochMillis),
            status: span.error === true ? { code: STATUS_ERROR } : {},
            attributes: otlpAttributes(span.attributes ?? {}),
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
        resource: { attributes: otlpAttributes({ 'service.name': service }) },
        scopeLogs: [
          {
            scope: SCOPE,
            logRecords: logs.map(({ body, timeEpochMillis, traceId, isError = false }) => ({
              timeUnixNano: unixNanos(timeEpochMillis),
              ...(isError ? ERROR : INFO),
              body: { stringValue: body },
              ...(traceId === undefined ? {} : { traceId }),
            })),
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

export function otlpAttributes(values: Readonly<Record<string, string | number>>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

export function unixNanos(epochMillis: number): string {
  return (BigInt(Math.round(epochMillis * 1000)) * 1000n).toString();
}
