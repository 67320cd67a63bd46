import { context, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api';

/** The id of the current request's trace, 32 hex digits; undefined outside of a traced request. */
export function activeTraceId(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  return active !== undefined && isSpanContextValid(active) ? active.traceId : undefined;
}

/**
 * Puts an `exception` event on the current span. The span's status is left to the instrumentation,
 * which knows from the response whether the request failed.
 */
export function recordFailure(error: unknown): void {
  trace.getActiveSpan()?.recordException(error instanceof Error ? error : new Error(String(error)));
}

/** Runs what goes on after the current request: whatever it starts, timers too, begins traces of its own. */
export function outsideOfTrace<T>(run: () => T): T {
  return context.with(ROOT_CONTEXT, run);
}
