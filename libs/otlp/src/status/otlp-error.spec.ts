import { status } from '@grpc/grpc-js';
import { CODES, codeOfGrpcStatus } from './codes';
import { OtlpError } from './otlp-error';

describe('OtlpError', () => {
  it('has every gRPC status but OK, under its own number', () => {
    const names = Object.keys(status).filter((key) => key !== 'OK' && Number.isNaN(Number(key)));
    expect(Object.keys(CODES).sort()).toEqual(names.sort());
    for (const [name, { grpc }] of Object.entries(CODES)) expect(status[grpc]).toBe(name);
    expect(codeOfGrpcStatus(8)).toBe('RESOURCE_EXHAUSTED');
    expect(codeOfGrpcStatus(99)).toBe('UNKNOWN');
  });

  it('is retryable as the table of the OTLP specification says', () => {
    const retryable = Object.keys(CODES).filter(
      (code) => new OtlpError(code as keyof typeof CODES, '').retryable,
    );
    expect(retryable).toEqual([
      'CANCELLED',
      'DEADLINE_EXCEEDED',
      'ABORTED',
      'OUT_OF_RANGE',
      'UNAVAILABLE',
      'DATA_LOSS',
    ]);
    const told = new OtlpError('RESOURCE_EXHAUSTED', '', { retryAfterMillis: 0 });
    expect([told.retryable, told.httpStatus]).toEqual([true, 429]);
    expect(new OtlpError('RESOURCE_EXHAUSTED', '').httpStatus).toBe(413);
  });

  it('gives retryable errors an HTTP status that OTLP/HTTP clients try again, and others one they do not', () => {
    for (const code of Object.keys(CODES) as (keyof typeof CODES)[]) {
      const error = new OtlpError(code, '');
      expect([code, [429, 502, 503, 504].includes(error.httpStatus)]).toEqual([code, error.retryable]);
    }
  });

  it('takes in whatever was thrown', () => {
    const own = new OtlpError('ABORTED', 'x');
    expect(OtlpError.from(own)).toBe(own);
    const cause = new TypeError('oops');
    expect(OtlpError.from(cause)).toMatchObject({ code: 'INTERNAL', message: 'oops', cause });
    expect(OtlpError.from('text')).toMatchObject({ code: 'INTERNAL', message: 'text' });
  });
});
