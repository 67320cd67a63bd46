import { endOfBare, matchesAt } from './bare-value';
import { endOfCookies } from './cookie-line';
import type { Pattern, Secret } from './pattern';
import { isReplaced } from './pattern';
import { backslashesBefore, endOfBrackets, endOfQuoted, openQuote } from './quoted-value';
import { FIELD_NAME, FIELD_TRIGGERS, HEADER_NAME, percent } from './secret-names';
import { isOrdinary } from './unspaced-colon';

/** Two of them are a path in Rust or C++, two slashes behind one are a URL. */
const COLON = `[ \\t]{0,64}:(?!:|\\\\{0,15}/\\\\{0,15}/)[ \\t]{0,64}`;
const ENCODED_BLANK = `(?:[ +]|${percent('20')}|${percent('09')})`;
const ENCODED_COLON = `${ENCODED_BLANK}{0,4}${percent('3a')}(?!${percent('3a')}|${percent('2f')})${ENCODED_BLANK}{0,4}`;
const FIELD_SOURCE = `(?:(${HEADER_NAME})|${FIELD_NAME})(?:${COLON}|(${ENCODED_COLON}))`;
const FIELD = new RegExp(FIELD_SOURCE, 'g');
const NEXT_FIELD = new RegExp(`[\\w.-]{0,32}?${FIELD_SOURCE}`, 'y');

/** A list or map of strings as JavaScript or Python writes it. */
const OPEN_BRACKET = /[[{][ \t\r\n]{0,16}(?:[\w$]{1,64}:[ \t]{0,4})?(\\{0,15})["']/y;
const NO_SECRET = /^(?:null|nil|true|false|None|True|False|undefined)$/;

/** How credentials begin that are more than a word (https://www.iana.org/assignments/http-authschemes, and common ones). */
const SCHEME =
  /(?:basic|bearer|concealed|digest|dpop|gnap|hawk|hoba|jwt|kerberos|key|mac|mutual|negotiate|ntlm|oauth|privatetoken|scram-sha-\d{1,3}|sharedkey(?:lite)?|signature|ssws|token|vapid|api[-_]?key|aws|bot|[a-z0-9]{2,8}-(?:hmac|ecdsa)-[a-z0-9-]{1,16})(?=[ \t])/iy;
const UNSPACED = /(?::|[aA])$/;

/** What may end a word of a header's value; `\n` is one in JSON. */
const WORD_ENDS = /[^!-~\x80-\xff]|["']|(?:\\{1,15}r)?\\{1,15}n/g;
/** A quote in a header opens a parameter's value, `realm="a b"`, unless what follows shows that it closes. */
const CLOSES = /$|[^!-~\x80-\xff]|[,;:)}\]>&/\\"'|]/y;
const EMPTY = /(\\{0,15}["'])\1/y;
/** `, nonce=…`, `; nonce=`; blanks may be around all signs (RFC 9110, 11.2). */
const NEXT_PARAMETER =
  /(?:(?<=[;,])[ \t]{1,16}|[ \t]{1,16}[;,][ \t]{0,16})[\w!#$%&'*+.^`|~-]{1,96}[ \t]{0,16}=[ \t]{0,16}|[ \t]{1,16}=[ \t]{0,16}/y;
const NEXT_WORD = /[ \t]{1,4}(?=[!-~\x80-\xff])/y;

/**
 * `password: …`, `X-Api-Key: …`, `Cookie: …` in text such as lines of logs, YAML and dumps of headers. What is in
 * no quotes ends with the word, since more often than not prose goes on behind it; only the values of headers go
 * on: a scheme, its credentials and parameters, and all cookies of a line.
 */
export const secretFields: Pattern = {
  name: 'secretFields',
  hint: '(?<=[dentysDENTYS][ \\t]{0,64}):|%',
  triggers: FIELD_TRIGGERS,
  find(text, from) {
    FIELD.lastIndex = from;
    for (let match = FIELD.exec(text); match !== null; match = FIELD.exec(text)) {
      const at = match.index + match[0].length;
      if (matchesAt(NEXT_FIELD, text, at)) continue; // this one has no value
      // Before the value's end is looked for, which may be far away, or many of them would take long.
      if (UNSPACED.test(match[0]) && isBare(text, at, match[1]) && isOrdinary(text, match.index, at))
        continue;
      const { start, end } = valueAt(text, at, match[1], match[2] !== undefined);
      if (
        end > start &&
        !isReplaced(text, start, end) &&
        !NO_SECRET.test(text.slice(start, Math.min(end, start + 10)))
      )
        return { start, end };
    }
    return undefined;
  },
};

function valueAt(text: string, at: number, header: string | undefined, isEncoded: boolean): Secret {
  const quote = openQuote(text, at);
  if (quote !== undefined) return { start: quote.start, end: endOfQuoted(text, quote) };
  OPEN_BRACKET.lastIndex = at;
  const [, backslashes] = OPEN_BRACKET.exec(text) ?? [];
  if (backslashes !== undefined) return { start: at, end: endOfBrackets(text, at, backslashes.length) };
  if (header === undefined || isEncoded) return { start: at, end: endOfBare(text, at) };
  if (!/n$/i.test(header)) return { start: at, end: endOfCookies(text, at) };
  return { start: at, end: endOfAuthorization(text, at, hasScheme(text, at, header)) };
}

/** In no quotes or brackets, and of one word. */
function isBare(text: string, at: number, header: string | undefined): boolean {
  return openQuote(text, at) === undefined && !/[[{]/.test(text[at] ?? '') && !hasScheme(text, at, header);
}

function hasScheme(text: string, at: number, header: string | undefined): boolean {
  return header !== undefined && /n$/i.test(header) && matchesAt(SCHEME, text, at);
}

/** An authorization that begins with no scheme may as well be prose, of which one word goes. */
function endOfAuthorization(text: string, start: number, isScheme: boolean): number {
  let at = start;
  for (let left = isScheme ? 2 : 1; ;) {
    at = endOfWord(text, at, start);
    left -= 1;
    if (isReplaced(text, start, at)) break; // a scheme and credentials have become one word
    if (!isScheme) break;
    const next = left > 0 ? NEXT_WORD : NEXT_PARAMETER;
    if (!matchesAt(next, text, at) || matchesAt(NEXT_FIELD, text, next.lastIndex)) break;
    at = next.lastIndex;
  }
  return text[at - 1] === ',' || text[at - 1] === ';' ? at - 1 : at;
}

function endOfWord(text: string, from: number, start: number): number {
  WORD_ENDS.lastIndex = from;
  for (let match = WORD_ENDS.exec(text); match !== null; match = WORD_ENDS.exec(text)) {
    const [mark] = match;
    if (mark !== '"' && mark !== "'") return match.index;
    const backslashes = backslashesBefore(text, match.index, start);
    const open = match.index - backslashes;
    const isValue = text[open - 1] === '=' || open === from;
    if (isValue && matchesAt(EMPTY, text, open)) {
      WORD_ENDS.lastIndex = EMPTY.lastIndex;
    } else if (matchesAt(CLOSES, text, match.index + 1)) {
      return open;
    } else if (isValue) {
      const quoted = { quote: mark, backslashes, start: match.index + 1 };
      WORD_ENDS.lastIndex = endOfQuoted(text, quoted) + backslashes + 1;
    }
  }
  return text.length;
}
