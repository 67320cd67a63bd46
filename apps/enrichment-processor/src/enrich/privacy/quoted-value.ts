/** How a string begins: JSON in a JSON string has a backslash before its quotes, and 3, 7, 15 further in. */
export interface OpenQuote {
  readonly quote: string;
  readonly backslashes: number;
  /** Of the first char in the string. */
  readonly start: number;
}

const OPEN = /[bBuUrR]{0,2}(\\{0,15})(["'])/y;

/** The quote at `at`, behind a prefix that Python may write (b'…'). */
export function openQuote(text: string, at: number): OpenQuote | undefined {
  OPEN.lastIndex = at;
  const match = OPEN.exec(text);
  if (match === null) return undefined;
  const [whole, { length: backslashes } = '', quote = ''] = match;
  return { quote, backslashes, start: at + whole.length };
}

/** Where what is in the quotes ends, before the quote and its own backslashes; else the end of the text. */
export function endOfQuoted(text: string, { quote, backslashes, start }: OpenQuote): number {
  for (let at = text.indexOf(quote, start); at >= 0; at = text.indexOf(quote, at + 1)) {
    const own = ownBackslashes(text, at, start, backslashes);
    if (own > backslashes) continue;
    // SQL writes a quote in a string twice.
    if (own > 0 || at === start || text[at + 1] !== quote) return at - own;
    at += 1;
  }
  return text.length;
}

/**
 * Where the JSON list or object that begins at `start` ends, which is in a string if its quotes have
 * backslashes; it ends with that string at the latest.
 */
export function endOfBrackets(text: string, start: number, backslashes: number): number {
  const marks = /["'[\]{}]/g;
  marks.lastIndex = start;
  let depth = 0;
  let within: string | undefined;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    const [mark] = match;
    if (mark === '"' || mark === "'") {
      const own = ownBackslashes(text, match.index, start, backslashes);
      if (mark === '"' && own < backslashes) return match.index - own;
      if (own <= backslashes && (within === undefined || within === mark)) {
        within = within === undefined ? mark : undefined;
      }
    } else if (within === undefined) {
      depth += mark === '[' || mark === '{' ? 1 : -1;
      if (depth === 0) return match.index + 1;
    }
  }
  return text.length;
}

/** How many chars before `at` are backslashes, none of them before `from`. */
export function backslashesBefore(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && text[start - 1] === '\\') start -= 1;
  return at - start;
}

/** Less those with which backslashes in the string are written: two to one, four when nested, and so on. */
function ownBackslashes(text: string, at: number, from: number, backslashes: number): number {
  return backslashesBefore(text, at, from) % (2 * (backslashes + 1));
}
