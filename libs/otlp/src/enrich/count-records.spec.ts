import fc from 'fast-check';
import { OtlpError } from '../status/otlp-error';
import { encodeBytesField, encodeVarintField } from '../wire/encode';
import { countRecords } from './count-records';

const shape = fc.array(fc.array(fc.array(fc.nat(3), { maxLength: 4 }), { maxLength: 3 }), { maxLength: 4 });
const repeated = (field: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([encodeVarintField(15, 7), ...items.map((item) => encodeBytesField(field, item))]);

/** Resources of scopes of records (for metrics: of metrics with so many data points each). */
function request(resources: number[][][], record: (points: number) => Buffer): Buffer {
  return repeated(
    1,
    resources.map((scopes) =>
      repeated(
        2,
        scopes.map((records) => repeated(2, records.map(record))),
      ),
    ),
  );
}

describe('countRecords', () => {
  it('counts spans and log records', () => {
    fc.assert(
      fc.property(shape, (resources) => {
        const bytes = request(resources, (size) => encodeBytesField(2, Buffer.alloc(100 * size)));
        expect(countRecords('traces', bytes)).toBe(resources.flat(2).length);
        expect(countRecords('logs', bytes)).toBe(resources.flat(2).length);
      }),
    );
  });

  it.each([5, 7, 9, 10, 11])('counts data points of metrics whose data is field %d', (data) => {
    fc.assert(
      fc.property(shape, (resources) => {
        const bytes = request(resources, (points) =>
          Buffer.concat([
            encodeBytesField(1, 'name'),
            encodeBytesField(data, repeated(1, Array<Buffer>(points).fill(Buffer.alloc(5)))),
          ]),
        );
        expect(countRecords('metrics', bytes)).toBe(resources.flat(2).reduce((a, b) => a + b, 0));
      }),
    );
  });

  it('refuses a length that leaves the message', () => {
    expect(() => countRecords('logs', Buffer.from([0x0a, 0x05, 0x12]))).toThrow(OtlpError);
  });
});
