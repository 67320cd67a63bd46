import fc from 'fast-check';

const remote = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.constantFrom('-', '"', '::1'));
const user = fc.constantFrom('-', 'frank', 'a b', '""', '', '[x', 'x [y');
const quoted = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'GET /',
        ' HTTP/1.1',
        String.raw`\"`,
        String.raw`\\`,
        String.raw`\xd0\xbf`,
        String.raw`\x`,
      ),
      fc.constantFrom('-', '"', '\\', ' ', '?a=b', String.raw`\n`, '10.0.0.1', ', ', 'é'),
      fc.ipV4(),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const two = (max: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
const time = fc
  .tuple(
    two(32),
    fc.constantFrom('Jan', 'Feb', 'Apr', 'Dec', 'dec', 'anF'),
    fc.integer({ min: 1960, max: 2100 }),
  )
  .chain(([day, month, year]) =>
    fc
      .tuple(
        two(24),
        two(60),
        two(61),
        fc.constantFrom('', '.5', '.123456789'),
        fc.constantFrom('+', '-'),
        two(24),
      )
      .map(
        ([hour, minute, second, fraction, sign, zone]) =>
          `${day}/${month}/${year}:${hour}:${minute}:${second}${fraction} ${sign}${zone}30`,
      ),
  );
const goodTime = fc.constantFrom('10/Oct/2000:13:55:36 -0700', '29/Feb/2024:23:59:59 +0530');

const line = fc
  .record({
    host: fc.constantFrom('', '', '', 'www.example.com:443 ', 'a:b '),
    remote,
    ident: fc.constantFrom('-', '-', 'x', ''),
    user,
    time: fc.oneof({ weight: 3, arbitrary: goodTime }, time),
    request: quoted,
    numbers: fc.constantFrom(
      '200 17',
      '404 -',
      '- -',
      '000 0',
      '20 1',
      '200 1234567890123456',
      '200',
      '200 1x',
    ),
    tail: fc.array(quoted, { maxLength: 4 }),
  })
  .map(
    ({ host, remote: address, ident, user: name, time: at, request, numbers, tail }) =>
      `${host}${address} ${ident} ${name} [${at}] "${request}" ${numbers}${tail.map((text) => ` "${text}"`).join('')}`,
  );

/** Lines that are access logs, nearly are, or were before a character was put in, taken out or exchanged. */
export const mutatedLine: fc.Arbitrary<string> = fc.oneof(
  line,
  fc
    .tuple(line, fc.nat(), fc.constantFrom('', ' ', '"', '\\', '[', ']', '-', 'x'), fc.boolean())
    .map(([text, position, put, replace]) => {
      const at = position % (text.length + 1);
      return text.slice(0, at) + put + text.slice(replace ? at + 1 : at);
    }),
);
