import type { Trigger } from '@trace/otlp';

/** Headers of HTTP; the last one is what servers call all of them together. */
const HEADERS: readonly string[] = ['authorization', 'cookie', 'cookies'];
const keyNames = (mark: string): string[] => [
  ...['api', 'access', 'account', 'private', 'secret'].map((kind) => `${kind}${mark}key`),
  `access${mark}key${mark}id`,
];
const WORDS: readonly string[] = ['password', 'passwd', 'passphrase', 'token'];
const KEYS: readonly string[] = ['', '_', '-', '.'].flatMap(keyNames);
/** What the name of a query parameter, setting or JSON member that is a secret ends with, in any case. */
const NAMES: readonly string[] = [...WORDS, 'secret', ...KEYS, ...HEADERS, 'signature'];
/** Too short to be the end of any name (OLDPWD, design), so these stand alone. */
const WHOLE_NAMES: readonly string[] = ['pwd', 'sig'];
/** PWD is a directory in every environment. */
const WORKING_DIRECTORY = `PWD["'=:\\\\ ]{1,8}/`;

/** A regular expression without flags that takes letters in either case. */
export function anyCase(literal: string): string {
  return literal.replace(/[a-z]|[^\w]/gi, (char) =>
    /[a-z]/i.test(char) ? `[${char.toLowerCase()}${char.toUpperCase()}]` : `\\${char}`,
  );
}

/** A char that was written as its escape in a URL, once or more often. */
export const percent = (hex: string): string => `%(?:25){0,3}${anyCase(hex)}`;

const BEGINS_NAME = `(?:(?<![A-Za-z0-9])|(?<=%(?:25){0,3}[0-9A-Fa-f]{2}|\\\\[nrt]))`;
const anyOf = (names: readonly string[]): string => `(?:${names.map(anyCase).join('|')})`;
export const LONG_NAME = anyOf(NAMES);
export const HEADER_NAME = anyOf(HEADERS);
const KEYS_IN_WORDS = [' ', '+', '%20', '%2520', '%252520'].flatMap(keyNames);
/** In front of a colon in text, where a signature is one of a method and `:secret:` is in the names of AWS. */
export const FIELD_NAME = `(?:${anyOf([...WORDS, ...KEYS, ...KEYS_IN_WORDS])}|(?<!:)${anyCase('secret')})`;
export const WHOLE_NAME = `${BEGINS_NAME}(?!${WORKING_DIRECTORY})(?:${WHOLE_NAMES.map(anyCase).join('|')})`;

const ANY_BYTE = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
/** What a name may be followed by that has a value. */
const BEHIND_NAME = ['=', ']', '"', "'", '%', '\\', ' '];
const BEHIND_QUOTE = Array.from('=%\\]:+"\'235uU \t\r\n');

/**
 * Three bytes are too few to be looked for quickly, so that those around them are taken in: the one before (that
 * of the length, if the text begins here) where "pw" is rare and "d=" is not, and those behind where "si" is
 * common.
 */
const WHOLE_NAME_LITERALS: readonly string[] = [
  ...ANY_BYTE.flatMap((before) => BEHIND_NAME.map((behind) => `${before}pwd${behind}`)),
  ...ANY_BYTE.map((behind) => `sig=${behind}`),
  ...[' =', ' %', ' \\', '  '].map((behind) => `sig${behind}`),
  ...[']', '"', "'", '%', '\\'].flatMap((one) => BEHIND_QUOTE.map((two) => `sig${one}${two}`)),
];

/** In whatever spelling a name has a value, one of these is there, but for a text's length before it. */
export const NAME_TRIGGERS: readonly Trigger[] = [...NAMES, ...WHOLE_NAME_LITERALS].map((literal) => ({
  literal,
}));

/** The same for names in front of a colon. */
export const FIELD_TRIGGERS: readonly Trigger[] = [
  ...WORDS,
  'secret',
  ...KEYS,
  ...KEYS_IN_WORDS,
  ...HEADERS,
].map((literal) => ({ literal }));
