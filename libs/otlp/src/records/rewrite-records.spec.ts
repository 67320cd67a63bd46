import fc from 'fast-check';
import { SIGNALS, type Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { arbitraryRecords } from '../testing/arbitrary-records';
import { mutate } from '../testing/mutate';
import { contentOf, referenceRedact } from '../testing/reference-records';
import { TestFilter } from '../testing/test-filter';
import type { RecordLimits } from './derive';
import { CompiledRecordRules, rewriteRecords } from './rewrite-records';

const LIMITS: RecordLimits = {
  maxRecords: 10_000,
  maxAttributesPerRecord: 1000,
  maxBodyBytes: 1000,
  maxValueDepth: 64,
  maxOutputBytes: 1024 * 1024,
};
const scanned = new CompiledRecordRules([], new TestFilter({ triggers: true }));
const walked = new CompiledRecordRules([], new TestFilter({ triggers: false }));
const integerFilter = new TestFilter({ triggers: false, integers: true });
const withIntegers = new CompiledRecordRules([], integerFilter);

function isRefused(signal: Signal, damaged: Buffer): boolean {
  try {
    rewriteRecords(signal, damaged, walked, LIMITS);
    return false;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(OtlpError);
    expect((thrown as OtlpError).code).toBe('INVALID_ARGUMENT');
    return true;
  }
}

describe.each(SIGNALS)('the privacy filter on %s', (signal: Signal) => {
  const requests = arbitraryRecords(signal);

  it('does what decoding, changing and encoding does', () => {
    let changed = 0;
    fc.assert(
      fc.property(requests, (request) => {
        const rewritten = rewriteRecords(signal, request, scanned, LIMITS);
        if (rewritten !== request) changed += 1;
        const reference = referenceRedact(signal, request, new TestFilter({ triggers: true }));
        expect(contentOf(signal, rewritten)).toEqual(contentOf(signal, reference));
      }),
      { numRuns: 700 },
    );
    expect(changed).toBeGreaterThan(40);
  });

  it('replaces and takes away integers as decoding and encoding does', () => {
    let changed = 0;
    fc.assert(
      fc.property(requests, (request) => {
        const rewritten = rewriteRecords(signal, request, withIntegers, LIMITS);
        if (!rewritten.equals(rewriteRecords(signal, request, walked, LIMITS))) changed += 1;
        const reference = referenceRedact(signal, request, integerFilter);
        expect(contentOf(signal, rewritten)).toEqual(contentOf(signal, reference));
      }),
      { numRuns: 700 },
    );
    expect(changed).toBeGreaterThan(2); // of dozens
  });

  it('gives the same bytes whether it walks everything or only where a trigger is', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const quick = rewriteRecords(signal, request, scanned, LIMITS);
        const exact = rewriteRecords(signal, request, walked, LIMITS);
        expect(quick.equals(exact)).toBe(true);
        if (exact.equals(request)) expect(exact).toBe(request);
      }),
      { numRuns: 700 },
    );
  });

  it('agrees with the reference on damaged bytes, or refuses them', () => {
    let refused = 0;
    let passed = 0;
    let compared = 0;
    fc.assert(
      fc.property(requests, fc.nat(), (request, seed) => {
        const damaged = mutate(request, seed);
        let reference: Uint8Array | undefined;
        try {
          reference = referenceRedact(signal, damaged, new TestFilter({ triggers: true }));
        } catch {
          refused += 1;
        }
        if (reference === undefined) {
          if (!isRefused(signal, damaged)) passed += 1;
          return;
        }
        compared += 1;
        const content = contentOf(signal, reference);
        expect(contentOf(signal, rewriteRecords(signal, damaged, scanned, LIMITS))).toEqual(content);
        expect(contentOf(signal, rewriteRecords(signal, damaged, walked, LIMITS))).toEqual(content);
      }),
      { numRuns: 1500 },
    );
    expect(refused).toBeGreaterThan(20);
    // Damage in an attribute that goes anyway, or a varint of over five bytes, which protobufjs does not take.
    expect(passed).toBeLessThan(refused / 20);
    expect(compared).toBeGreaterThan(20);
  });
});
