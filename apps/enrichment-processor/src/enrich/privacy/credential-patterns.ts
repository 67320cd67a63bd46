import { jsonSecrets } from './json-secrets';
import { jsonWebTokens } from './json-web-tokens';
import type { Pattern } from './pattern';
import { REPLACED, atLeast, regExpPattern } from './pattern';
import { anyCase, percent } from './secret-names';
import { secretFields } from './secret-fields';
import { secretParameters } from './secret-parameters';
import { urlCredentials } from './url-credentials';

const chars = (ranges: string): string[] =>
  Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((char) =>
    new RegExp(`^[${ranges}]$`).test(char),
  );
const followedBy = (literal: string, ranges: string): string[] => chars(ranges).map((char) => literal + char);

const BLANKS = `[ \\t]+`;
const ENCODED_BLANK = `(?:${percent('20')}|${percent('09')})`;
/** What a token may be of: more than RFC 6750 says, as in the wild; not what ends it in text, JSON or a URL. */
const TOKEN = `[!#$%*+\\-./:=?@\\w^\`|~]`;

/** RFC 6750, "Bearer <token>"; from four chars on in plain text, so that "bearer of" stays. */
const bearerTokens = regExpPattern(
  'bearerTokens',
  anyCase('bearer'),
  [' ', '\t', '%', '+'].map((separator) => `bearer${separator}`),
  `${anyCase('bearer')}(?:${BLANKS}(?=${TOKEN}{4})|${ENCODED_BLANK}|\\+|${percent('2b')})(?!${REPLACED}(?!${TOKEN}))(${TOKEN}+)`,
);

/** RFC 7617, "Basic <base64 of name:password>". */
const basicAuth = regExpPattern(
  'basicAuth',
  anyCase('basic'),
  [' ', '\t', '%'].map((separator) => `basic${separator}`),
  `${anyCase('basic')}(?:${BLANKS}|${ENCODED_BLANK})(?!${REPLACED})((?:[\\w+/-]|%2[bBfF]){4,512}[\\w+/-]*(?:=|%3[dD]){0,2})`,
  (secret) => Buffer.from(secret.replace(/%(?:2[bf]|3d)/gi, decodeURIComponent), 'base64').includes(':'),
);

/** Access key ids of AWS and API keys of Google; those of Azure are named in connection strings. */
const cloudKeys = regExpPattern(
  'cloudKeys',
  'A[KSI][Iz]',
  [...followedBy('AKIA', 'A-Z0-9'), ...followedBy('ASIA', 'A-Z0-9'), ...followedBy('AIza', '\\w-')],
  `(?:AKIA|ASIA)${atLeast(16, '[A-Z0-9]')}|AIza${atLeast(35, '[\\w-]')}`,
);

const BLANK = '(?: |\\+|%(?:25)?20)';
const BEGIN = new RegExp(`-----BEGIN${BLANK}[A-Z %+0-9]{0,32}PRIVATE${BLANK}KEY-----`, 'g');
const END = new RegExp(`PRIVATE${BLANK}KEY-----`, 'g');

/** RFC 7468: a private key in PEM, to its end or that of the text. */
const privateKeys: Pattern = {
  name: 'privateKeys',
  hint: '-----',
  triggers: [' ', '+', '%20', '%2520'].map((blank) => ({ literal: `PRIVATE${blank}KEY-----` })),
  find(text, from) {
    BEGIN.lastIndex = from;
    const begin = BEGIN.exec(text);
    if (begin === null) return undefined;
    END.lastIndex = BEGIN.lastIndex;
    return { start: begin.index, end: END.test(text) ? END.lastIndex : text.length };
  },
};

/** What is looked for unless told otherwise. A token that is a JWT is found as a bearer token first. */
export const CREDENTIAL_PATTERNS = [
  bearerTokens,
  basicAuth,
  urlCredentials,
  secretFields,
  secretParameters,
  jsonSecrets,
  jsonWebTokens,
  cloudKeys,
  privateKeys,
] as const satisfies readonly Pattern[];
