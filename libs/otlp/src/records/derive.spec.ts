import fc from 'fast-check';
import { encodeKeyValue } from '../enrich/attribute-additions';
import { SIGNALS, type Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { arbitraryRecords } from '../testing/arbitrary-records';
import { mutate } from '../testing/mutate';
import { referenceDerive } from '../testing/reference-derive';
import { contentOf } from '../testing/reference-records';
import { TEST_RULES } from '../testing/test-rules';
import { encodeBytesField } from '../wire/encode';
import type { RecordLimits } from './derive';
import type { RecordRule } from './record-rule';
import { CompiledRecordRules, rewriteRecords } from './rewrite-records';

const LIMITS: RecordLimits = {
  maxRecords: 10_000,
  maxAttributesPerRecord: 1000,
  maxBodyBytes: 1000,
  maxValueDepth: 64,
  maxOutputBytes: 1024 * 1024,
};
const rules = new CompiledRecordRules(TEST_RULES);

describe.each(SIGNALS)('record rules on %s', (signal: Signal) => {
  it('add what they add when each record is decoded', () => {
    let changed = 0;
    fc.assert(
      fc.property(arbitraryRecords(signal), (request) => {
        const rewritten = rewriteRecords(signal, request, rules, LIMITS);
        if (rewritten !== request) changed += 1;
        const reference = referenceDerive(signal, request, TEST_RULES);
        expect(contentOf(signal, rewritten)).toEqual(contentOf(signal, reference));
      }),
      { numRuns: 700 },
    );
    expect(changed).toBeGreaterThan(20);
  });

  it('agree with the reference on damaged bytes, or refuse them', () => {
    let compared = 0;
    fc.assert(
      fc.property(arbitraryRecords(signal), fc.nat(), (request, seed) => {
        const damaged = mutate(request, seed);
        let rewritten: Buffer;
        try {
          rewritten = rewriteRecords(signal, damaged, rules, LIMITS);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(OtlpError);
          expect(() => contentOf(signal, damaged)).toThrow();
          return;
        }
        let content: unknown;
        try {
          content = contentOf(signal, referenceDerive(signal, damaged, TEST_RULES));
        } catch {
          return; // what is malformed below what the rules read was copied unread
        }
        compared += 1;
        expect(contentOf(signal, rewritten)).toEqual(content);
      }),
      { numRuns: 700 },
    );
    expect(compared).toBeGreaterThan(20);
  });
});

const constant = (name: string, attributes: Record<string, string>): RecordRule => ({
  name,
  signals: ['logs'],
  wantedKeys: [],
  readsBody: false,
  derive: () => ({ attributes }),
});
const logs = (...records: Buffer[]): Buffer =>
  encodeBytesField(
    1,
    encodeBytesField(2, Buffer.concat(records.map((record) => encodeBytesField(2, record)))),
  );

describe('record rules', () => {
  it('leave signals that are not theirs as they are', () => {
    const request = logs(Buffer.alloc(0));
    const only = new CompiledRecordRules([constant('a', { a: 'b' })]);
    expect(rewriteRecords('traces', request, only, LIMITS)).toBe(request);
    expect(rewriteRecords('logs', request, only, LIMITS)).not.toBe(request);
  });

  it('do not see a body that is longer than allowed', () => {
    const bodies: (string | undefined)[] = [];
    const reader: RecordRule = {
      ...constant('a', {}),
      readsBody: true,
      derive: (record) => void bodies.push(record.body()),
    };
    const body = (text: string): Buffer => encodeBytesField(5, encodeBytesField(1, text));
    rewriteRecords('logs', logs(body('1234'), body('12345')), new CompiledRecordRules([reader]), {
      ...LIMITS,
      maxBodyBytes: 4,
    });
    expect(bodies).toEqual(['1234', undefined]);
  });

  it('stop as soon as the output would be too large', () => {
    let asked = 0;
    const rule: RecordRule = {
      ...constant('a', {}),
      derive: () => {
        asked += 1;
        return { attributes: { a: 'x'.repeat(1000) } };
      },
    };
    const request = logs(...Array.from({ length: 100 }, () => Buffer.alloc(0)));
    expect(() =>
      rewriteRecords('logs', request, new CompiledRecordRules([rule]), { ...LIMITS, maxOutputBytes: 5000 }),
    ).toThrow(OtlpError);
    expect(asked).toBe(5);
  });

  it('put strings of any length and alphabet, whole numbers, doubles, booleans and lists on the wire', () => {
    const attributes = {
      long: 'x'.repeat(300_000),
      'ключ 😀': 'значение',
      lone: '\ud800',
      zero: 0,
      large: Number.MAX_SAFE_INTEGER,
      no: false,
      whole: { double: 52 },
      part: { double: -0.1 },
      list: ['a', 'ä'],
    };
    const rewritten = rewriteRecords(
      'logs',
      logs(Buffer.alloc(0)),
      new CompiledRecordRules([{ ...constant('a', {}), derive: () => ({ attributes }) }]),
      LIMITS,
    );
    const expected = Object.entries(attributes).map(([key, value]) =>
      encodeBytesField(6, encodeKeyValue(key, value)),
    );
    expect(rewritten).toEqual(logs(Buffer.concat(expected)));
  });

  it.each([
    ['records', { maxRecords: 1 }, logs(Buffer.alloc(0), Buffer.alloc(0))],
    ['attributes', { maxAttributesPerRecord: 1 }, logs(Buffer.from([0x32, 0, 0x32, 0]))],
    ['bytes', { maxOutputBytes: 10 }, logs(Buffer.alloc(0))],
  ])('refuse too many %s', (what, limit, request) => {
    const rewrite = (): Buffer =>
      rewriteRecords('logs', request, new CompiledRecordRules([constant('a', { a: 'b' })]), {
        ...LIMITS,
        ...limit,
      });
    expect(rewrite).toThrow(OtlpError);
    expect(rewrite).toThrow(what);
  });
});
