import type { Pattern } from './pattern';
import { isReplaced } from './pattern';
import { endOfBare } from './bare-value';
import { endOfQuoted, openQuote } from './quoted-value';
import { LONG_NAME, NAME_TRIGGERS, WHOLE_NAME, percent } from './secret-names';

/** `user[password]`, `password[0]`, `"password"`, as they are or in a URL. */
const BEHIND_LONG_NAME = `(?:[\\]["'0-9]|\\\\|${percent('5b')}|${percent('5d')}|${percent('5c')}|${percent('22')}|${percent('27')}){0,8}`;
const BEHIND_WHOLE_NAME = `(?:\\]|["']\\]?|\\\\{1,15}["']|${percent('5d')}|${percent('22')}|${percent('27')})?`;
/** Some encoders of JSON write = as a number; Ruby has => between key and value. */
const EQUALS = `(?:={1,3}>?|${percent('3d')}|\\\\{1,15}u003[dD])`;
const ASSIGNMENT = new RegExp(
  `(?:${LONG_NAME}${BEHIND_LONG_NAME}|${WHOLE_NAME}${BEHIND_WHOLE_NAME})(?:${EQUALS}| {1,4}${EQUALS} {0,4})`,
  'g',
);

/**
 * `password=…` in query strings, connection strings and text, in quotes or not. A secret may hold any sign, so
 * that a value in no quotes goes on beyond one that does not clearly end it.
 */
export const secretParameters: Pattern = {
  name: 'secretParameters',
  hint: '[=%\\\\]',
  triggers: NAME_TRIGGERS,
  find(text, from) {
    ASSIGNMENT.lastIndex = from;
    while (ASSIGNMENT.test(text)) {
      const at = ASSIGNMENT.lastIndex;
      const quote = openQuote(text, at);
      const start = quote?.start ?? at;
      const end = quote === undefined ? endOfBare(text, at) : endOfQuoted(text, quote);
      if (end > start && !isReplaced(text, start, end)) return { start, end };
    }
    return undefined;
  },
};
