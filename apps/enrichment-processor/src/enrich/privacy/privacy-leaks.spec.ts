import { CompiledRecordRules, type PrivacyFilter, type Signal, rewriteRecords } from '@trace/otlp';
import { arbitraryRecords } from '@trace/otlp/src/testing/arbitrary-records';
import { decodingType } from '@trace/otlp/src/testing/otlp-schema';
import { decode } from '@trace/otlp/src/testing/reference';
import fc from 'fast-check';
import { cardNumbers } from './card-numbers';
import { CREDENTIAL_PATTERNS } from './credential-patterns';
import { emailAddresses } from './email-addresses';
import type { Pattern } from './pattern';
import { privacySchema } from './privacy-config';
import { PrivacyRules } from './privacy-rules';

const LIMITS = {
  maxRecords: 10_000,
  maxAttributesPerRecord: 1000,
  maxBodyBytes: 1000,
  maxValueDepth: 64,
  maxOutputBytes: 1024 * 1024,
};

const JWT = 'eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
/** Texts, and what of them must not be seen again. */
const KINDS: readonly (readonly [string, string])[] = [
  ['authorization: bEaRer tok3n.of-someone~x', 'tok3n'],
  ['Bearer 1|sanctum7', 'sanctum7'],
  ['Bearer+plu5', 'plu5'],
  ['Basic YWxpY2U6b3BlbnNlc2FtZQ==', 'YWxpY2U6b3BlbnNlc2FtZQ'],
  ['see mongodb://alice:sesame@db/x?y=z', 'sesame'],
  ['http:\\/\\/user:pw4json@host/', 'pw4json'],
  ['/login?user=a&PassWord=open-it&z', 'open-it'],
  ['?sig=az7re&se=2024', 'az7re'],
  ['AWSAccessKeyId=aki4&Signature=s1gn4&Expires=1', 's1gn4'],
  ['AWSAccessKeyId=aki4&Expires=1', 'aki4'],
  ['X-Goog-Signature=g00g&x=1', 'g00g'],
  ['user=a;pwd=pwd4;x=1', 'pwd4'],
  ['X-Api-Key=k3y-of-a-vault;', 'k3y-of-a-vault'],
  ['level=info password="hunter2 x" x=1', 'hunter2'],
  ["host=db password='hunter3 x' port=1", 'hunter3'],
  ['password=abc#def,ghi;jkl', 'jkl'],
  ['password=mno)pqr', 'pqr'],
  ['user[password]=hunter4', 'hunter4'],
  ['user%5Bpassword%5D=hunter5', 'hunter5'],
  ['{"password"=>"hunter6"}', 'hunter6'],
  ['{"client_secret" : "shh-\\"quiet\\"-please"}', 'quiet'],
  ["{'password': 'hunter7'}", 'hunter7'],
  ['{"password":["hunter8"], "a": 1}', 'hunter8'],
  ['{"password":{"value":"hunter9"}}', 'hunter9'],
  ['{"password":907856,"a":1}', '907856'],
  ['{"pwd":"hunterA","a":1}', 'hunterA'],
  ['{"Set-Cookie":"sid=s1d; Path=/","a":1}', 's1d'],
  ['{"authorization" : "ApiKey auth0","a":1}', 'auth0'],
  ['{"cookies":{"sid":"s2d"}}', 's2d'],
  ['x=1 cookie="a=b; sid=s3d" y=2', 's3d'],
  ['login failed, password: hunterB; user: bob', 'hunterB'],
  ['user bob token : t0k8', 't0k8'],
  ['API key: k3y6', 'k3y6'],
  ['X-Api-Key:k3y7', 'k3y7'],
  ["{ password: 'hunterC x' }", 'hunterC'],
  ["{ token: [ 't0k7' ], n: 1 }", 't0k7'],
  ['Cookie: theme=dark; sid=s4d', 's4d'],
  ['Set-Cookie: a=1; Secure, sid=s5d', 's5d'],
  ['Cookie: a="b c"; sid=s6d', 's6d'],
  ['Authorization: ApiKey auth1', 'auth1'],
  ['Authorization: Digest username="u v", nonce="", response="auth2"', 'auth2'],
  [`(${JWT})`, 'eyJzdWIiOiJhIn0'],
  [`https://idp/cb?redirect=https%3A%2F%2Fapp%2F%3Fx%3D${JWT}`, 'eyJzdWIiOiJhIn0'],
  ['AKIAABCDEFGHIJKLMNOP', 'ABCDEFGHIJKLMNOP'],
  ['AIzaSyB-abcdefghijklmnopqrstuvwxyz012345', 'abcdefghijklmnop'],
  ['-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----', 'MHcCAQEE'],
  ['mail j.doe@corp.example, please', 'j.doe'],
  ['card 4012-8888-8888-1881 ok', '8888-8888'],
  ['4111 1111 1111 1111', '1111 1111'],
  ['4111%201111%201111%201111', '1111%201111'],
  ['card5555555555554444x', '5555554444'],
  ['5105.1051.0510.5100', '5105.1051'],
];
const nest = (text: string, times: number): string =>
  times === 0 ? text : nest(JSON.stringify({ m: text }), times - 1);
/** Where texts are found. */
const WRAPPERS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in a URL': encodeURIComponent,
  'in a URL in a URL': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in a parameter': (text) => `/cb?x=1&u=${encodeURIComponent(text)}&y=2`,
  'in JSON': (text) => nest(text, 1),
  'in JSON in JSON': (text) => nest(text, 2),
  'in JSON, three deep': (text) => nest(text, 3),
  'in JSON, in a URL': (text) => encodeURIComponent(nest(text, 1)),
  'in JSON with \\/': (text) => nest(text, 1).replaceAll('/', '\\/'),
  'in quotes': (text) => `"${text}"`,
  'in single quotes': (text) => `'${text}'`,
  'in brackets': (text) => `[(${text})]`,
  'behind an escape of JSON': (text) => `x\\n${text}`,
  'behind an escape of URLs': (text) => `x%20${text}`,
  'first in a query': (text) => `${text}&se=2024`,
  'in a header': (text) => `X-Header: ${text}\r\nAccept: */*`,
  'behind =': (text) => `q=${text}`,
};
const SECRETS = KINDS.flatMap(([text, secret]) =>
  Object.values(WRAPPERS).map((wrap): readonly [string, string] => [wrap(text), secret]),
);
const PARTS = new Set(KINDS.map(([, secret]) => secret));
const KEYS = ['db.password', 'http.request.header.AUTHORIZATION', 'session-token', 'x.private_key', 'plain'];
const texts = [...SECRETS.map(([text]) => text), ...KEYS];

/** Written apart from the rules: the keys of this test that fall under them, in lower case. */
const SECRET_KEY = /^(db\.password|http\.request\.header\.authorization|session-token|x\.private_key)$/;

const ALL = { emailAddresses: 'mask', cardNumbers: 'mask' };
const filterOf = (config: object): PrivacyRules =>
  new PrivacyRules(privacySchema.parse(config), 'sixteen bytes at least', { count: () => undefined });

interface Attribute {
  readonly key?: unknown;
  readonly value?: { readonly value?: string; readonly stringValue?: Uint8Array };
}

function leaksOf(decoded: unknown): string[] {
  if (decoded instanceof Uint8Array) {
    const text = Buffer.from(decoded).toString('latin1');
    return [...PARTS].filter((secret) => text.includes(secret));
  }
  if (typeof decoded !== 'object' || decoded === null) return [];
  const { key, value } = decoded as Attribute;
  const name = key instanceof Uint8Array ? Buffer.from(key).toString('latin1').toLowerCase() : '';
  const hidden = value?.value === undefined || Buffer.from(value.stringValue ?? []).toString() === '****';
  const own = SECRET_KEY.test(name) && !hidden ? [name] : [];
  return [...own, ...Object.values(decoded).flatMap(leaksOf)];
}

describe.each(Object.entries(WRAPPERS))('%s', (_, wrap) => {
  const filter = filterOf(ALL);
  it.each(KINDS)('%s', (kind, secret) => {
    const text = Buffer.from(wrap(kind)).toString('latin1');
    const left = filter.text(text) ?? '';
    expect(left).not.toContain(secret);
    expect(left).toContain('****');
    expect(filter.text(left)).toBe(left);
  });

  it.each(KINDS.map(([kind]) => kind))('has a trigger and a hint where something is found: %s', (kind) => {
    const text = Buffer.from(wrap(kind)).toString('latin1');
    for (const pattern of [...CREDENTIAL_PATTERNS, emailAddresses, cardNumbers]) expectTrigger(pattern, text);
  });
});

/** The byte before a text in a request is the last of its length. */
function expectTrigger({ name, find, triggers, hint = '' }: Pattern, text: string): boolean {
  if (find(text, 0) === undefined) return false;
  expect(`${name}: ${text}`).toMatch(new RegExp(hint));
  const bytes = `\x08${text}`.toLowerCase();
  const has = triggers?.some(({ literal }) => bytes.includes(literal.toLowerCase()));
  expect(`${name}: ${text}: ${has}`).not.toBe(`${name}: ${text}: false`);
  return true;
}

describe.each(['traces', 'logs', 'metrics'] as const)('of %s', (signal: Signal) => {
  const requests = arbitraryRecords(signal, texts);
  const rewrite = (request: Buffer, filter: PrivacyFilter): Buffer =>
    rewriteRecords(signal, request, new CompiledRecordRules([], filter), LIMITS);

  it.each(['mask', 'hash', 'drop'])('nothing that a rule is about leaves, when it is to %s', (action) => {
    const config = Object.fromEntries(
      Object.entries(privacySchema.parse({}))
        .filter(([, value]) => value === 'mask' || value === 'off')
        .map(([name]) => [name, name === 'credentialKeys' && action === 'hash' ? 'mask' : action]),
    );
    const filter = filterOf(config);
    let had = 0;
    fc.assert(
      fc.property(requests, (request) => {
        const rewritten = rewrite(request, filter);
        if (leaksOf(decode(decodingType(signal), request)).length > 0) had += 1;
        expect(leaksOf(decode(decodingType(signal), rewritten))).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(had).toBeGreaterThan(50);
  });

  it('credentials are found by their triggers as by reading everything', () => {
    const quick = filterOf({ emailAddresses: 'mask' });
    const exact: PrivacyFilter = {
      triggers: undefined,
      keyRule: (key) => quick.keyRule(key),
      text: (text) => quick.text(text),
    };
    expect(quick.triggers).toBeDefined();
    fc.assert(
      fc.property(requests, (request) => {
        expect(rewrite(request, quick).equals(rewrite(request, exact))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('what has passed once passes again unchanged', () => {
    const filter = filterOf(ALL);
    fc.assert(
      fc.property(requests, (request) => {
        const once = rewrite(request, filter);
        expect(rewrite(once, filter).equals(once)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

it('every text in which a pattern finds something has a trigger and a hint', () => {
  const pieces = [...texts, ' ', '&', '=', '"', ':', '@', '/', '.', 'é', '7'].map((text) =>
    Buffer.from(text).toString('latin1'),
  );
  let found = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 6 }), (parts) => {
      const text = parts.join('');
      for (const pattern of [...CREDENTIAL_PATTERNS, emailAddresses, cardNumbers]) {
        if (expectTrigger(pattern, text)) found += 1;
      }
    }),
    { numRuns: 2000 },
  );
  expect(found).toBeGreaterThan(1000);
});
