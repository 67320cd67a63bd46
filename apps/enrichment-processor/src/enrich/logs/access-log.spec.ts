import fc from 'fast-check';
import { type AccessLogEntry, parseAccessLog } from './access-log';
import { referenceAccessLog } from './testing/reference-access-log';
import { mutatedLine } from './testing/arbitrary-line';

const TIME = 971211336_000_000_000n; // 2000-10-10T20:55:36Z
const CLF = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326';
const REQUEST = 'GET /apache_pb.gif HTTP/1.0';

describe('parseAccessLog', () => {
  it.each<[string, string, Partial<AccessLogEntry>]>([
    [
      'common',
      CLF,
      { remote: '127.0.0.1', user: 'frank', request: REQUEST, statusCode: 200, responseBytes: 2326 },
    ],
    [
      'combined',
      `${CLF} "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`,
      { referer: 'http://www.example.com/start.html', userAgent: 'Mozilla/4.08 [en] (Win98; I ;Nav)' },
    ],
    ['no referer', `${CLF} "-" "curl/8.5.0"`, { userAgent: 'curl/8.5.0' }],
    [
      'nginx main',
      `${CLF} "-" "curl/8.5.0" "198.51.100.7, 10.0.0.1"`,
      { forwardedFor: ['198.51.100.7', '10.0.0.1'] },
    ],
    ['forwarded by nobody', `${CLF} "-" "curl/8.5.0" "-"`, { userAgent: 'curl/8.5.0' }],
    ['a number behind it', `${CLF} "-" "curl/8.5.0" 0.004`, { userAgent: 'curl/8.5.0' }],
    [
      'Traefik',
      `${CLF} "-" "curl/8.5.0" 12 "web@docker" "http://10.0.0.2:80" 4ms`,
      { userAgent: 'curl/8.5.0' },
    ],
    ['IPv6', CLF.replace('127.0.0.1', '2001:db8::17'), { remote: '2001:db8::17' }],
    ['a name', CLF.replace('127.0.0.1', 'pc9.example.com'), { remote: 'pc9.example.com' }],
    ['a user with spaces', CLF.replace('frank', 'Frank von und zu'), { user: 'Frank von und zu' }],
    [
      'vhost_combined',
      `www.example.com:443 ${CLF.replace('127.0.0.1', '198.51.100.7')} "-" "curl/8.5.0"`,
      { remote: '198.51.100.7', user: 'frank', virtualHost: { address: 'www.example.com', port: 443 } },
    ],
    ['fractions', CLF.replace(':36', ':36.25'), { timeUnixNano: TIME + 250_000_000n }],
    [
      'escaped quotes',
      CLF.replace('GET /', String.raw`GET /\"a\\b`),
      { request: String.raw`GET /"a\b` + REQUEST.slice(5) },
    ],
    [
      'escaped UTF-8',
      CLF.replace('GET /', String.raw`GET /\xD0\xBF`),
      { request: 'GET /п' + REQUEST.slice(5) },
    ],
    [
      'other backslashes',
      CLF.replace('GET /', String.raw`GET /\q\xg`),
      { request: String.raw`GET /\q\xg` + REQUEST.slice(5) },
    ],
  ])('reads %s', (_, line, expected) => {
    expect(parseAccessLog(line)).toMatchObject({ timeUnixNano: TIME, ...expected });
  });

  it.each<[string, string, readonly (keyof AccessLogEntry)[]]>([
    ['a user', CLF.replace('frank', '-'), ['user']],
    ['an empty user', CLF.replace('frank', '""'), ['user']],
    ['a request', CLF.replace(REQUEST, '-'), ['request']],
    ['a size', CLF.replace('2326', '-'), ['responseBytes']],
    ['a status', CLF.replace(' 200 ', ' 000 '), ['statusCode']],
    ['addresses behind it', `${CLF} "-" "x" "unknown"`, ['forwardedFor', 'referer']],
    ['a whole user agent', `${CLF} "-" "say "hi""`, ['referer', 'userAgent']],
  ])('leaves out what is not there: %s', (_, line, keys) => {
    const entry = parseAccessLog(line);
    expect(entry).toBeDefined();
    for (const key of keys) expect(entry).not.toHaveProperty(key);
  });

  it.each([
    ['nothing', ''],
    ['words', 'Server listening on port 8080'],
    ['no time', CLF.replace('[10/Oct/2000:13:55:36 -0700] ', '')],
    ['a day that is not', CLF.replace('10/Oct', '31/Feb')],
    ['a month that is not', CLF.replace('Oct', 'anF')],
    ['an hour that is not', CLF.replace(':13:', ':24:')],
    ['no zone', CLF.replace(' -0700', '')],
    ['before 1970', CLF.replace('2000', '1969')],
    ['no user', CLF.replace(' frank', '')],
    ['an open request', CLF.replace('HTTP/1.0"', 'HTTP/1.0')],
    ['an unescaped quote', CLF.replace('GET ', 'GET "x"y')],
    ['a status in words', CLF.replace(' 200 ', ' OK ')],
    ['no size', CLF.replace(' 2326', '')],
    ['a size in words', CLF.replace('2326', '2326ms')],
    ['a negative size', CLF.replace('2326', '-1')],
    ['an nginx error', '2023/01/01 00:00:00 [error] 7#7: *1 open() "/x" failed, client: 10.0.0.1'],
  ])('does not take %s for an access log', (_, line) => {
    expect(parseAccessLog(line)).toBeUndefined();
  });

  it('agrees with the simple regular expression on lines with any change', () => {
    let matched = 0;
    fc.assert(
      fc.property(mutatedLine, (line) => {
        const entry = parseAccessLog(line);
        if (entry !== undefined) matched += 1;
        expect(entry).toEqual(referenceAccessLog(line));
      }),
      { numRuns: 5000 },
    );
    expect(matched).toBeGreaterThan(100); // or the changes are so wild that nothing is compared
  });

  it('takes any bytes for an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parseAccessLog(Buffer.from(bytes).toString('latin1'));
        parseAccessLog(`${CLF.slice(0, 60)}${Buffer.from(bytes).toString()}`);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([' [', ' [10/Oct/2000:13:55:36 -0700] "', '\\', '"', '\\"', ' ', '" "', '] "', '%'])(
    'reads a mebibyte of %j in a moment',
    (piece) => {
      const line = piece.repeat((1024 * 1024) / piece.length);
      const startedAt = performance.now();
      parseAccessLog(line);
      parseAccessLog(`a b c [10/Oct/2000:13:55:36 -0700] "${line}`);
      parseAccessLog(`${CLF} "${line}" "${line}`);
      expect(performance.now() - startedAt).toBeLessThan(30_000); // tens of milliseconds; hours if quadratic
    },
  );
});
