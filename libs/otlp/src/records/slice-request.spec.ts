import fc from 'fast-check';
import { SIGNALS } from '../signal';
import { countRecords } from '../enrich/count-records';
import { OtlpError } from '../status/otlp-error';
import { arbitraryRecords } from '../testing/arbitrary-records';
import { encodeBytesField } from '../wire/encode';
import { OutputLimitError } from './output-limit-error';
import { rewriteSlices } from './slice-request';

const identity = (slice: Buffer): Buffer => slice;
const limits = { maxBytes: 200, maxMessages: 3 };

function logs(records: number, bytes = 10, resourceBytes = 20): Buffer {
  const record = encodeBytesField(2, Buffer.alloc(bytes));
  const scope = encodeBytesField(2, Buffer.concat(Array<Buffer>(records).fill(record)));
  return encodeBytesField(1, Buffer.concat([encodeBytesField(1, Buffer.alloc(resourceBytes)), scope]));
}

function slicesOf(rewritten: Buffer | Iterable<Buffer>): Buffer[] {
  return Buffer.isBuffer(rewritten) ? [rewritten] : [...rewritten];
}

describe('rewriteSlices', () => {
  it('does a small request as a whole', () => {
    const request = logs(3);
    expect(rewriteSlices(request, identity, 1, { maxBytes: 200, maxMessages: 10 })).toBe(request);
  });

  it('keeps each slice small', () => {
    const slices = slicesOf(rewriteSlices(logs(100), identity, 1, limits));
    expect(slices).toHaveLength(34);
    for (const slice of slices) expect(countRecords('logs', slice)).toBeLessThanOrEqual(3);
  });

  it('loses no record of any request, and reorders none', () => {
    for (const signal of SIGNALS) {
      fc.assert(
        fc.property(arbitraryRecords(signal), (request) => {
          const slices = slicesOf(rewriteSlices(request, identity, 1000, limits));
          const count = slices.reduce((sum, slice) => sum + countRecords(signal, slice), 0);
          expect(count).toBe(countRecords(signal, request));
        }),
        { numRuns: 300 },
      );
    }
  });

  it('repeats a large resource no more than a few times over', () => {
    const request = logs(5000, 2, 1000);
    const slices = slicesOf(rewriteSlices(request, identity, 1, limits));
    expect(slices.length).toBeGreaterThan(10);
    expect(slices.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(4 * request.length);
  });

  it.each([10, 100])('cuts smaller what grows too much (%i records)', (records) => {
    let refused = 0;
    const rewrite = (slice: Buffer): Buffer => {
      if (countRecords('logs', slice) <= 1) return slice;
      refused += 1;
      throw new OutputLimitError(1);
    };
    const slices = slicesOf(rewriteSlices(logs(records), rewrite, 1, { maxBytes: 1e6, maxMessages: 20 }));
    expect(refused).toBeGreaterThan(0);
    expect(slices).toHaveLength(records);
  });

  it('refuses one record that grows too much', () => {
    const rewrite = (): Buffer => {
      throw new OutputLimitError(1);
    };
    expect(() => slicesOf(rewriteSlices(logs(3), rewrite, 1))).toThrow(OutputLimitError);
  });

  it('refuses too many resources, of which a cut does not make more', () => {
    expect(() => rewriteSlices(Buffer.concat([logs(1), logs(1)]), identity, 1)).toThrow(OtlpError);
    expect(slicesOf(rewriteSlices(logs(100), identity, 1, limits)).length).toBeGreaterThan(1);
  });

  it('makes a slice when it is asked for', () => {
    let asked = 0;
    const slices = rewriteSlices(logs(100), (slice) => ((asked += 1), slice), 1, limits);
    if (Buffer.isBuffer(slices)) throw new Error('was not cut');
    slices[Symbol.iterator]().next();
    expect(asked).toBe(1);
  });
});
