import type { ServerResponse } from 'node:http';
import { isSpanContextValid, type Span } from '@opentelemetry/api';

const HEADER = 'Server-Timing';

/**
 * Makes the response carry `Server-Timing: trace;desc="00-<trace id>-<span id>-<flags>"`, so that
 * whoever sees the response can look the request up.
 * https://www.w3.org/TR/trace-context-3/ (draft; successor of `traceresponse`)
 *
 * Added at the last moment, when the headers are written: metrics that the application puts into
 * the same header stay, whenever it does so.
 */
export function addServerTiming(span: Span, response: ServerResponse): void {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return;
  const flags = context.traceFlags.toString(16).padStart(2, '0');
  const metric = `trace;desc="00-${context.traceId}-${context.spanId}-${flags}"`;

  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = (...args: unknown[]): ServerResponse => {
    if (!response.headersSent && !setsTrace(response)) response.appendHeader(HEADER, metric);
    return writeHead(...args);
  };
}

function setsTrace(response: ServerResponse): boolean {
  const present = [response.getHeader(HEADER) ?? []].flat().join(',');
  return /(^|,)\s*trace\s*;/.test(present);
}
