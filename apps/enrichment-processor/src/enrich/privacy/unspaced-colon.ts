import { matchesAt } from './bare-value';
import { percent } from './secret-names';

const MAX_NAME_CHARS = 128;
const NAME_CHAR = /[\w.-]/y;
/** What a name stands behind in a path, an image or a URL, `/` and `@`, as it is and encoded. */
const SEPARATOR = new RegExp(`[/@]|${percent('2f')}|${percent('40')}`, 'y');

const BLANK_OR_END = '(?:$|[^!-~\\x80-\\xff])';
const ENDS = `[|"')}>\\]]{0,8}(?:${BLANK_OR_END}|[,;.]${BLANK_OR_END}|[:&]|\\\\{1,15}["'nrt]|%(?:25){0,3}(?:2[026cC]|3[aA]))|["']`;
const ENDS_NUMBER = `(?=${ENDS}|[/?#@,;+]|${percent('2f')})`;
/** Between scopes there may be other signs than blanks. */
const ENDS_WORD = `(?=${ENDS}|[,;+][a-z._-]{1,64}(?::|${percent('3a')}))`;
/** A port or a line, a version, and a verb as scopes have it, which is shorter than a password may be. */
const ORDINARY = new RegExp(
  `(?:[0-9]{1,5}|v?[0-9]{1,8}(?:\\.[0-9]{1,8}){1,4}(?:[-+][\\w.-]{1,32})?)${ENDS_NUMBER}|(?:[a-z]{1,7}|\\*)${ENDS_WORD}`,
  'y',
);

/**
 * Is `token:8080`, with no blank behind the colon, an address, an image, a place in a file or a scope rather than
 * a secret? Behind `/` or `@` always; elsewhere it depends on the value, and on the name having no capitals, since
 * hosts, images and scopes have none, and fields of a struct and headers in a dump often do.
 * @param at where the name begins, without what may stand before `token`
 * @param value behind the colon, which may be encoded
 */
export function isOrdinary(text: string, at: number, value: number): boolean {
  let start = at;
  while (start > at - MAX_NAME_CHARS && matchesAt(NAME_CHAR, text, start - 1)) start -= 1;
  if (start > 0 && matchesAt(SEPARATOR, text, start - 1)) return true;
  return !/[A-Z]/.test(text.slice(at, value - 1)) && matchesAt(ORDINARY, text, value);
}
