import { createHmac } from 'node:crypto';
import { CompiledRecordRules, encodeBytesField, encodeVarintField, rewriteRecords } from '@trace/otlp';
import fc from 'fast-check';
import { isCardInteger } from './card-integers';
import { passesLuhn } from './card-numbers';
import { PrivacyRules } from './privacy-rules';
import { privacySchema } from './privacy-config';

const HASH_KEY = 'a key for tests only';
const LIMITS = {
  maxRecords: 10,
  maxAttributesPerRecord: 100,
  maxBodyBytes: 1000,
  maxValueDepth: 64,
  maxOutputBytes: 1024 * 1024,
};
function redactor(action: string): { redact: (request: Buffer) => Buffer; counted: string[] } {
  const counted: string[] = [];
  const config = privacySchema.parse({ cardNumbers: action });
  const filter = new PrivacyRules(config, HASH_KEY, { count: (rule, did) => counted.push(`${rule} ${did}`) });
  const rules = new CompiledRecordRules([], filter);
  return { redact: (request) => rewriteRecords('logs', request, rules, LIMITS), counted };
}

/** The digit that makes the ones before it pass. */
function checked(digits: string): string {
  for (let last = 0; ; last += 1)
    if (passesLuhn(Array.from(`${digits}${last}`, Number))) return `${digits}${last}`;
}

/** Written apart from the ranges: cards as they are issued, first digits and length. */
const card = fc
  .constantFrom(
    ...([
      '4 16',
      '51 16',
      '55 16',
      '2221 16',
      '2720 16',
      '34 15',
      '37 15',
      '305 14',
      '36 14',
      '38 14',
    ] as const),
    ...([
      '6011 16',
      '644 16',
      '65 16',
      '62 16',
      '62 19',
      '3528 16',
      '3589 16',
      '2204 16',
      '508 16',
      '5018 16',
    ] as const),
    ...(['6304 18', '6759 19', '6763 16', '5893 16', '9792 16', '60 16', '81 16'] as const),
  )
  .chain((text) => {
    const [prefix = '', length] = text.split(' ');
    const rest = Number(length) - prefix.length - 1;
    return fc
      .array(fc.nat(9), { minLength: rest, maxLength: rest })
      .map((digits) => checked(prefix + digits.join('')));
  });

const varint = (value: bigint): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
  return Buffer.from([...bytes, Number(rest)]);
};
const integer = (digits: string): Buffer => Buffer.concat([Buffer.of(0x18), varint(BigInt(digits))]);
const string = (text: string): Buffer => encodeBytesField(1, text);
const keyValue = (key: string, value: Buffer): Buffer =>
  Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, value)]);
/** A record with the value as an attribute, and in a map in a list in the body. */
const logs = (...values: Buffer[]): Buffer => {
  const maps = values.map((value) => encodeBytesField(6, encodeBytesField(1, keyValue('m', value))));
  const list = encodeBytesField(5, Buffer.concat(maps.map((map) => encodeBytesField(1, map))));
  const attributes = values.map((value) => encodeBytesField(6, keyValue('a', value)));
  return encodeBytesField(
    1,
    encodeBytesField(2, encodeBytesField(2, Buffer.concat([...attributes, encodeBytesField(5, list)]))),
  );
};

describe('a card number that is an integer', () => {
  it('becomes a string that hides it, everywhere', () => {
    const { redact, counted } = redactor('mask');
    fc.assert(
      fc.property(fc.array(card, { minLength: 1, maxLength: 4 }), (cards) => {
        counted.length = 0;
        const hidden = logs(...cards.map(() => string('****')));
        expect(redact(logs(...cards.map(integer))).equals(hidden)).toBe(true);
        expect(counted).toEqual(Array(2 * cards.length).fill('cardNumbers mask'));
      }),
      { numRuns: 500 },
    );
  });

  it('has the hash of its digits as a string, so that the same card stays the same', () => {
    const hmac = createHmac('sha256', HASH_KEY).update('4111111111111111').digest('hex');
    const { redact } = redactor('hash');
    const hidden = logs(string(`hmac:${hmac}`));
    expect(redact(logs(integer('4111111111111111')))).toEqual(hidden);
    expect(redact(logs(string('4111111111111111')))).toEqual(hidden);
  });

  it('goes with its attribute', () => {
    const gone = encodeBytesField(
      1,
      encodeBytesField(
        2,
        encodeBytesField(
          2,
          encodeBytesField(5, encodeBytesField(5, encodeBytesField(1, encodeBytesField(6, '')))),
        ),
      ),
    );
    expect(redactor('drop').redact(logs(integer('4111111111111111')))).toEqual(gone);
  });

  it('stays while the rule is off', () => {
    const request = logs(integer('4111111111111111'));
    expect(redactor('off').redact(request)).toBe(request);
  });
});

describe('other integers', () => {
  it('stay: small, negative, of a wrong check digit, of another length', () => {
    const request = logs(
      ...['0', '200', '4111111111111112', '41111111111111111', '1111111111111117', '9223372036854775807'].map(
        integer,
      ),
      encodeVarintField(3, 42),
      Buffer.concat([Buffer.of(0x18), varint(BigInt.asUintN(64, -4111111111111111n))]),
    );
    expect(redactor('mask').redact(request)).toBe(request);
  });

  it('stay, of 13 digits that begin with 4: nanoseconds of 67 to 83 minutes, bytes of 4 to 5 TB', () => {
    const values = Array.from(
      { length: 1000 },
      (_, index) => 4_000_000_000_000n + BigInt(index) * 999_983_101n,
    );
    expect(values.filter((value) => isCardInteger(String(value)))).toEqual([]);
  });

  const DAY_MILLIS = 86_400_000;
  const FROM = Date.UTC(2000, 0, 1);
  const TO = Date.UTC(2032, 0, 1);
  /** A time of every day, at another second each, with another fraction. */
  const times = Array.from({ length: (TO - FROM) / DAY_MILLIS }, (_, day) => ({
    millis: BigInt(FROM + day * DAY_MILLIS + ((day * 7_919_993) % DAY_MILLIS)),
    fraction: BigInt((day * 104_729) % 999_983),
  }));
  const shareOfCards = (integers: readonly bigint[]): number =>
    integers.filter((value) => isCardInteger(String(value))).length / integers.length;

  it.each<[string, (time: { millis: bigint; fraction: bigint }) => bigint]>([
    ['milliseconds', ({ millis }) => millis],
    ['microseconds', ({ millis, fraction }) => millis * 1000n + (fraction % 1000n)],
    ['nanoseconds', ({ millis, fraction }) => millis * 1_000_000n + fraction],
    [
      'yyyymmddhhmmss',
      ({ millis }) => BigInt(new Date(Number(millis)).toISOString().replaceAll(/\D/g, '').slice(0, 14)),
    ],
  ])('that are times since 2000 in %s stay', (_, of) => {
    expect(shareOfCards(times.map(of))).toBe(0);
  });

  const YEAR_2020 = BigInt(Date.UTC(2020, 0, 1));
  const recent = times.filter(({ millis }) => millis >= YEAR_2020);
  /** Ids that grow with time, from the years 2020 to 2031: at most a few hours of those years look like cards. */
  it.each<[string, bigint, bigint, bigint]>([
    ['Twitter', 1_288_834_974_657n, 1n, 22n],
    ['Discord', 1_420_070_400_000n, 1n, 22n],
    ['Instagram', 1_314_220_021_721n, 1n, 23n],
    ['Mastodon', 0n, 1n, 16n],
    ['Sonyflake', BigInt(Date.UTC(2014, 8, 1)), 10n, 24n],
  ])('that are ids as %s makes them stay', (_, epochMillis, unitMillis, shift) => {
    const ids = recent.map(
      ({ millis, fraction }) => (((millis - epochMillis) / unitMillis) << shift) + (fraction % 65_536n),
    );
    expect(shareOfCards(ids)).toBeLessThan(0.002);
  });

  it('that are any of 63 bits stay but for one in hundreds', () => {
    const random = Array.from({ length: 20_000 }, (_, index) => {
      const hash = createHmac('sha256', HASH_KEY).update(String(index)).digest();
      return hash.readBigUInt64BE() >> 1n;
    });
    expect(shareOfCards(random)).toBeLessThan(0.003);
  });
});
