import fc from 'fast-check';
import { PrivacyRules } from './privacy-rules';
import { privacySchema } from './privacy-config';

const rules = new PrivacyRules(privacySchema.parse({}), undefined, { count: () => undefined });

const anyCase = (name: string): fc.Arbitrary<string> =>
  fc.constantFrom(name, name.toUpperCase(), `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);
const name = fc
  .tuple(
    fc.constantFrom('', 'x-', 'db_', 'my', 'user.'),
    fc.constantFrom('password', 'passwd', 'passphrase', 'token', 'secret', 'api-key', 'access_key'),
  )
  .chain(([prefix, own]) => anyCase(prefix + own));
/** A blank behind = alone is none: `?password= HTTP/1.1`. */
const separator = fc.constantFrom(
  ...[':', ': ', ' : ', ':   ', ' :', `${' '.repeat(64)}:${'\t'.repeat(64)}`, '=', ' = ', ' ='],
);
/** What no other part of the texts holds, with signs that secrets have. Behind a digit `:` may be that of a port. */
const secret = fc.stringMatching(/^[A-Z][A-Z0-9!#$%()*+./?@[\]^_`{|}~-]{5,40}[A-Z0-9]$/);
const prose = fc.stringMatching(/^(?: [a-z]{1,8}){0,5}$/);

describe('a secret behind its name', () => {
  it('goes, and the words around it stay', () => {
    fc.assert(
      fc.property(prose, name, separator, secret, prose, (before, named, mark, hidden, behind) => {
        const left = rules.text(`${before} ${named}${mark}${hidden}${behind}`) ?? '';
        expect(left).toBe(`${before} ${named}${mark}****${behind}`);
        expect(rules.text(left)).toBe(left);
      }),
      { numRuns: 2000 },
    );
  });

  it('goes in quotes too, with the blanks in it', () => {
    fc.assert(
      fc.property(
        name,
        separator,
        fc.constantFrom('"', "'"),
        secret,
        prose,
        (named, mark, quote, hidden, behind) => {
          const left = rules.text(`${named}${mark}${quote}${hidden} ${hidden}${quote},${behind}`);
          expect(left).toBe(`${named}${mark}${quote}****${quote},${behind}`);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('a colon with no blank behind it', () => {
  it.each([
    'http://authorization:8080/v1/check 200 12ms',
    'GET http://csrf-token:8080/api/v1/orders?id=5',
    'GET /?to=http%3A%2F%2Fauthorization%3A8080%2Fapi&x=1',
    'dns:///authorization:9000',
    'connect ECONNREFUSED authorization:8080',
    '{"to":"token:8080","n":1}',
    'jdbc:postgresql://token:5432/db',
    'redis://cache:6379,token:6380',
    'ghcr.io/acme/refresh-token:1.4.2',
    'ghcr.io/acme/authorization:v2.3.1@sha256:abcd',
    'image authorization:1.4.2-alpine.',
    'scope=secret:read token:write,token:* user:read',
    'scope=user%3Aread+token%3Awrite%20secret%3Aread&x=1',
    'scopes ["token:admin","secret:list"]',
    'token:refresh',
    'password:reset:requested',
    '/app/src/auth/Token:12:5',
    '/v1/token:introspect',
  ])('stays in %s', (text) => {
    expect(rules.text(text)).toBe(text);
  });

  it.each([
    ['{User:bob Password:hunter Token:12345}', '{User:bob Password:**** Token:****'],
    ['X-Api-Key:12345', 'X-Api-Key:****'],
    ['password:hunter2', 'password:****'],
    ['password:correcthorse', 'password:****'],
    ['password:123456', 'password:****'],
    ["/token:b'admin'", "/token:b'****'"],
    ['token:"admin"', 'token:"****"'],
    ['authorization:key abc', 'authorization:****'],
    ['/x: password: 8080', '/x: password: ****'],
  ])('but not where it may be in front of a secret: %s', (text, expected) => {
    expect(rules.text(text)).toBe(expected);
  });
});

describe('cookies', () => {
  it.each([
    ['Set-Cookie: sid=abc; Path=/; HttpOnly; SameSite; tok=S\nx', 'Set-Cookie: ****\nx'],
    ['Cookie: a=1 ; dark; b[0]=S c; d:e=S', 'Cookie: ****'],
    ['Cookie: a={"k":1, "v":"x"}; b=S\r\nHost: x', 'Cookie: ****\r\nHost: x'],
    ["curl -H 'Cookie: a=1; b=\"x y\"; c' -H 'Host: x'", "curl -H 'Cookie: ****' -H 'Host: x'"],
    ['{"m":"GET / Cookie: a=\\"x\\", b=S; c","n":1}', '{"m":"GET / Cookie: ****","n":1}'],
    ['"GET /" 200 Cookie: a="b c"; d=S', '"GET /" 200 Cookie: ****'],
  ])('go to the end of their line or quote: %s', (text, expected) => {
    expect(rules.text(text)).toBe(expected);
  });
});

describe('authorization', () => {
  it.each([
    ['lookup authorization: no such host', 'lookup authorization: **** such host'],
    ['authorization: allowed user=bob, path=/x', 'authorization: **** user=bob, path=/x'],
    ['Authorization: Digest username = "a b" , response = "S" x', 'Authorization: **** x'],
    ['authorization: token abc def', 'authorization: **** def'],
    ['Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=c', 'Authorization: ****'],
  ])('has two words only behind a scheme: %s', (text, expected) => {
    expect(rules.text(text)).toBe(expected);
  });
});

describe('what a header holds', () => {
  const header = fc.constantFrom('Cookie', 'set-cookie', 'Authorization', 'proxy-authorization');
  const value = fc.oneof(
    secret,
    fc.tuple(secret, prose).map(([word, words]) => `"${word}${words}"`),
  );
  const parameter = value.map((text) => `k=${text}`);

  it('goes with all of its parameters, up to the line’s end or the words behind', () => {
    fc.assert(
      fc.property(
        header,
        fc.array(parameter, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(' ', '\r\n', '\n', '\\r\\n'),
        prose,
        (named, parameters, end, behind) => {
          const list = parameters.join(/cookie/i.test(named) ? '; ' : ', ');
          const isCookie = /cookie/i.test(named);
          const text = `${named}: ${/cookie/i.test(named) ? '' : 'Digest '}${list}${end}status 200${behind}`;
          const left = isCookie && end === ' ' ? '' : `${end}status 200${behind}`;
          expect(rules.text(text)).toBe(`${named}: ****${left}`);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('goes from JSON, whatever the scheme', () => {
    fc.assert(
      fc.property(
        anyCase('authorization'),
        fc.stringMatching(/^[A-Z][a-z]{2,9}$/),
        secret,
        (named, scheme, hidden) => {
          const left =
            rules.text(JSON.stringify({ [named]: `${scheme} ${hidden}`, cookie: hidden, n: 1 })) ?? '';
          expect(left).not.toContain(hidden);
          expect(JSON.parse(left)).toMatchObject({ cookie: '****', n: 1 });
        },
      ),
      { numRuns: 2000 },
    );
  });
});
