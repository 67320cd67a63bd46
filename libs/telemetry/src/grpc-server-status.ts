import {
  SpanKind,
  SpanStatusCode,
  type Context,
  type Span,
  type SpanOptions,
  type SpanStatus,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';

const STATUS_CODE = 'rpc.grpc.status_code';
const ERROR_NAME = 'grpc.error_name';
const UNKNOWN = 2;

/**
 * Codes that are a server's own failure: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL,
 * UNAVAILABLE, DATA_LOSS. With any other code it is the caller that was wrong.
 * https://opentelemetry.io/docs/specs/semconv/rpc/grpc/#grpc-status
 */
const SERVER_FAILURES: ReadonlySet<number> = new Set([UNKNOWN, 4, 12, 13, 14, 15]);

/**
 * Tracers for the gRPC instrumentation whose server spans have the status that the semantic
 * conventions ask for. The instrumentation itself marks every code but OK as an error, so that a
 * caller's NOT_FOUND would count as the service's failure; and it marks a failure without a code,
 * which the client sees as UNKNOWN, not at all.
 */
export function withServerStatus(provider: TracerProvider): TracerProvider {
  return {
    getTracer: (name, version, options) => new ServerStatusTracer(provider.getTracer(name, version, options)),
  };
}

class ServerStatusTracer implements Tracer {
  readonly startActiveSpan: Tracer['startActiveSpan'];

  constructor(private readonly tracer: Tracer) {
    this.startActiveSpan = tracer.startActiveSpan.bind(tracer);
  }

  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    const span = this.tracer.startSpan(name, options, context);
    if (options?.kind === SpanKind.SERVER && span.isRecording()) judgeAtEnd(span);
    return span;
  }
}

/** Holds an ERROR status back until the end of the span, when the gRPC status code is known. */
function judgeAtEnd(span: Span): void {
  const setStatus = span.setStatus.bind(span);
  const setAttribute = span.setAttribute.bind(span);
  const end = span.end.bind(span);
  let held: SpanStatus | undefined;
  let code: number | undefined;
  let failed = false;

  span.setStatus = (status): Span => {
    if (status.code === SpanStatusCode.ERROR) held = status;
    else setStatus(status);
    return span;
  };
  span.setAttribute = (key, value): Span => {
    if (key === STATUS_CODE) code = Number(value);
    if (key === ERROR_NAME) failed = true;
    setAttribute(key, value);
    return span;
  };
  span.setAttributes = (attributes): Span => {
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) span.setAttribute(key, value);
    }
    return span;
  };
  span.end = (time): void => {
    if (failed && code === undefined) {
      code = UNKNOWN;
      setAttribute(STATUS_CODE, code);
      held ??= { code: SpanStatusCode.ERROR };
    }
    // An OK call whose handler marked the span itself keeps the handler's judgement.
    if (held !== undefined && (code === undefined || code === 0 || SERVER_FAILURES.has(code))) {
      setStatus(held);
    }
    end(time);
  };
}
