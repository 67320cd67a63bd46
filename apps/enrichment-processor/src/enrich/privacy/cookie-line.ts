import { backslashesBefore, endOfQuoted } from './quoted-value';

const MAX_LOOK_BACK_CHARS = 512;
/** In front of a quote that opens, and behind one that closes. */
const OPENS = /[\s[{(=:,]/;
const CLOSES = /[\s,;:)}\]]/;
const LINE_END = /[\r\n"']|(?:\\{1,15}r)?\\{1,15}n/g;

/**
 * Where the cookies that begin at `start` end: with their line, or with the quote that all of it is in. What they
 * hold is anyone's: blanks, quotes, JSON, names that RFC 6265 has not.
 */
export function endOfCookies(text: string, start: number): number {
  const enclosing = enclosingQuote(text, start);
  LINE_END.lastIndex = start;
  for (let match = LINE_END.exec(text); match !== null; match = LINE_END.exec(text)) {
    const [mark] = match;
    if (mark !== '"' && mark !== "'") return match.index;
    const backslashes = backslashesBefore(text, match.index, start);
    if (mark !== enclosing?.quote || backslashes > enclosing.backslashes) continue;
    const open = match.index - backslashes;
    // Someone put quotes around it without a look at those in it: a="b c".
    const isValue = text[open - 1] === '=' && /[^\s,;:)}\]"']/.test(text[match.index + 1] ?? '');
    if (!isValue) return open;
    const value = { quote: mark, backslashes, start: match.index + 1 };
    LINE_END.lastIndex = endOfQuoted(text, value) + backslashes + 1;
  }
  return text.length;
}

/** The nearest quote in front of `at` in its line, if it is one that opens. */
function enclosingQuote(text: string, at: number): { quote: string; backslashes: number } | undefined {
  const least = Math.max(0, at - MAX_LOOK_BACK_CHARS);
  for (let open = at - 1; open >= least; open -= 1) {
    const quote = text[open] ?? '';
    if (quote === '\n') return undefined;
    if (quote !== '"' && quote !== "'") continue;
    const backslashes = backslashesBefore(text, open, least);
    const before = text[open - backslashes - 1];
    if (before === undefined || OPENS.test(before)) return { quote, backslashes };
    if (CLOSES.test(text[open + 1] ?? '')) return undefined;
  }
  return undefined;
}
