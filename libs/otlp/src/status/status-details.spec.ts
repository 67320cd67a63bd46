import fc from 'fast-check';
import { parse } from 'protobufjs';
import { OtlpError } from './otlp-error';
import { decodeRetryAfterMillis, encodeStatusDetails } from './status-details';

const root = parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
`).root;

describe('google.rpc.Status with RetryInfo', () => {
  it('is what another implementation reads', () => {
    const encoded = encodeStatusDetails(
      new OtlpError('RESOURCE_EXHAUSTED', 'voll', { retryAfterMillis: 61_250 }),
    );
    const decoded = root.lookupType('Status').decode(encoded!).toJSON() as { details: { value: string }[] };
    expect(decoded).toMatchObject({
      code: 8,
      message: 'voll',
      details: [{ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo' }],
    });
    const retryInfo = root.lookupType('RetryInfo').decode(Buffer.from(decoded.details[0]!.value, 'base64'));
    expect(retryInfo.toJSON()).toEqual({ retryDelay: { seconds: '61', nanos: 250_000_000 } });
  });

  it('is absent when there is nothing to wait for', () => {
    expect(encodeStatusDetails(new OtlpError('RESOURCE_EXHAUSTED', ''))).toBeUndefined();
  });

  it('comes back as it went', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000 }), (retryAfterMillis) => {
        const encoded = encodeStatusDetails(new OtlpError('UNAVAILABLE', 'x', { retryAfterMillis }));
        expect(decodeRetryAfterMillis(encoded!)).toBe(retryAfterMillis);
      }),
    );
  });

  it('is passed over when it cannot be read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (junk) => {
        expect([undefined, 'number']).toContain(
          typeof decodeRetryAfterMillis(junk) === 'number' ? 'number' : undefined,
        );
      }),
    );
    expect(decodeRetryAfterMillis(Uint8Array.of(0x1a, 0x7f))).toBeUndefined();
  });
});
