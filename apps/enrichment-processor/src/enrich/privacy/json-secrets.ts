import type { Pattern, Secret } from './pattern';
import { isReplaced } from './pattern';
import { endOfBrackets, endOfQuoted, openQuote } from './quoted-value';
import { LONG_NAME, NAME_TRIGGERS, WHOLE_NAME, percent } from './secret-names';

const ENCODED_BACKSLASH = percent('5c');
const ENCODED_QUOTE = `(?:${ENCODED_BACKSLASH}){0,15}(?:${percent('22')}|${percent('27')})`;
const SPACES = `(?:[ \\t\\r\\n+]|\\\\{1,15}[nrt]|${percent('20')}|${percent('0a')}|${percent('0d')}){0,16}`;
/** Up to the value: `"password": `, also in a JSON string, in a URL, and with the quotes of Python. */
const MEMBER = new RegExp(
  `(?:${LONG_NAME}|${WHOLE_NAME})(\\\\{0,15}["']|${ENCODED_QUOTE})${SPACES}(?::|${percent('3a')})${SPACES}`,
  'g',
);
const OPEN_ENCODED = new RegExp(ENCODED_QUOTE, 'y');
const MAY_END_ENCODED = new RegExp(`[^!-~\\x80-\\xff]|["&]|${ENCODED_QUOTE}`, 'g');
const ENCODED_BACKSLASHES = new RegExp(ENCODED_BACKSLASH, 'g');
/** A number, or what else stands in the place of a value. */
const BARE = /[!-%'-+\-.-[^-|~\x80-\xff]+/y;
const NO_SECRET = /^(?:null|true|false|None|True|False|undefined)$/;

/** `"password": …`: the string, number, list or object that is the value. */
export const jsonSecrets: Pattern = {
  name: 'jsonSecrets',
  hint: `["'%]`,
  triggers: NAME_TRIGGERS,
  find(text, from) {
    MEMBER.lastIndex = from;
    for (let match = MEMBER.exec(text); match !== null; match = MEMBER.exec(text)) {
      const secret = valueAt(text, match.index + match[0].length, match[1] ?? '');
      if (secret !== undefined && secret.end > secret.start && !isReplaced(text, secret.start, secret.end))
        return secret;
    }
    return undefined;
  },
};

/** @param quote of the member's name; a value that is no string is replaced by one, so that JSON stays JSON */
function valueAt(text: string, at: number, quote: string): Secret | undefined {
  const open = openQuote(text, at);
  if (open !== undefined) return { start: open.start, end: endOfQuoted(text, open) };
  OPEN_ENCODED.lastIndex = at;
  const [encoded] = OPEN_ENCODED.exec(text) ?? [];
  if (encoded !== undefined) {
    const start = at + encoded.length;
    return { start, end: endOfEncoded(text, start, encoded) };
  }
  if (text[at] === '[' || text[at] === '{') {
    const backslashes = quote.startsWith('\\') ? quote.length - 1 : 0;
    return { start: at, end: endOfBrackets(text, at, backslashes), quote };
  }
  BARE.lastIndex = at;
  const [bare = ''] = BARE.exec(text) ?? [];
  return NO_SECRET.test(bare) ? undefined : { start: at, end: at + bare.length, quote };
}

function endOfEncoded(text: string, start: number, quote: string): number {
  const backslashes = backslashesIn(quote);
  MAY_END_ENCODED.lastIndex = start;
  for (let match = MAY_END_ENCODED.exec(text); match !== null; match = MAY_END_ENCODED.exec(text)) {
    const [mark] = match;
    if (!mark.startsWith('%')) return match.index;
    const own = backslashesIn(mark) % (2 * (backslashes + 1));
    if (mark.slice(-2) === quote.slice(-2) && own <= backslashes) return match.index;
  }
  return text.length;
}

function backslashesIn(encodedQuote: string): number {
  return encodedQuote.match(ENCODED_BACKSLASHES)?.length ?? 0;
}
