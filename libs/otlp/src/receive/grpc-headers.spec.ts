import fc from 'fast-check';
import { OtlpError } from '../status/otlp-error';
import { errorHeaders, timeoutMillis } from './grpc-headers';

describe('grpc-timeout', () => {
  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['30S', 30_000],
    ['250m', 250],
    ['1500u', 1.5],
    ['99999999n', 99.999999],
    ['0m', 0],
  ])('%s is %d ms', (header, millis) => {
    expect(timeoutMillis(header)).toBeCloseTo(millis, 9);
  });

  it.each([undefined, '', '5', 's', '5s', '-5S', '999999999S', '1 S', ['1S']])('%p is none', (header) => {
    expect(timeoutMillis(header)).toBeUndefined();
  });
});

describe('an error answer', () => {
  it('fits a header whatever the message, and reads back the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (message) => {
        const encoded = String(errorHeaders(new OtlpError('ABORTED', message))['grpc-message']);
        expect(encoded).toMatch(/^[ -~]*$/);
        expect(decodeURIComponent(encoded)).toBe(Buffer.from(message.slice(0, 1024)).toString());
      }),
    );
  });
});
