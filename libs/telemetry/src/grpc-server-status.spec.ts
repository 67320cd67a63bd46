import {
  SpanKind,
  SpanStatusCode,
  type Attributes,
  type AnyValue,
  type Span,
  type SpanStatus,
  type TracerProvider,
} from '@opentelemetry/api';
import { withServerStatus } from './grpc-server-status';

class FakeSpan {
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  readonly attributes: Attributes = {};
  ended = 0;
  isRecording = (): boolean => true;
  setStatus = (status: SpanStatus): void => {
    if (status.code !== SpanStatusCode.UNSET) this.status = status;
  };
  setAttribute = (key: string, value: AnyValue): void => {
    this.attributes[key] = value;
  };
  end = (): void => {
    this.ended++;
  };
}

function start(kind: SpanKind): { span: Span; fake: FakeSpan } {
  const fake = new FakeSpan();
  const tracer = { startSpan: () => fake, startActiveSpan: () => undefined };
  const provider = { getTracer: () => tracer } as unknown as TracerProvider;
  return { span: withServerStatus(provider).getTracer('t').startSpan('s', { kind }), fake };
}

/** What the instrumentation does when a handler failed, in its order. */
function fail(span: Span, code?: number): void {
  if (code !== undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'm' });
    span.setAttribute('rpc.grpc.status_code', code);
  }
  span.setAttributes({ 'grpc.error_name': 'Error' });
  span.end();
}

describe('the status of a gRPC server span', () => {
  it.each([1, 3, 5, 6, 7, 8, 9, 10, 11, 16])('is not an error when the caller was wrong: %i', (code) => {
    const { span, fake } = start(SpanKind.SERVER);
    fail(span, code);
    expect(fake.status.code).toBe(SpanStatusCode.UNSET);
    expect(fake).toMatchObject({ ended: 1, attributes: { 'rpc.grpc.status_code': code } });
  });

  it.each([2, 4, 12, 13, 14, 15])('is an error when the server failed: %i', (code) => {
    const { span, fake } = start(SpanKind.SERVER);
    fail(span, code);
    expect(fake.status).toEqual({ code: SpanStatusCode.ERROR, message: 'm' });
  });

  it('is an error, UNKNOWN, when the failure has no code', () => {
    const { span, fake } = start(SpanKind.SERVER);
    fail(span);
    expect(fake.status.code).toBe(SpanStatusCode.ERROR);
    expect(fake.attributes['rpc.grpc.status_code']).toBe(2);
  });

  it('is what the handler said when the call went well', () => {
    const { span, fake } = start(SpanKind.SERVER);
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'half done' });
    span.setAttribute('rpc.grpc.status_code', 0);
    span.end();
    expect(fake.status).toEqual({ code: SpanStatusCode.ERROR, message: 'half done' });
  });

  it('leaves client spans alone', () => {
    const { span, fake } = start(SpanKind.CLIENT);
    span.setStatus({ code: SpanStatusCode.ERROR });
    expect(fake.status.code).toBe(SpanStatusCode.ERROR);
  });
});
