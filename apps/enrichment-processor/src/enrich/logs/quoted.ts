const BACKSLASH = 0x5c;
const QUOTE = 0x22;
/** A run of bytes in hexadecimal, or a letter. */
const ESCAPES = /(?:\\x[0-9a-fA-F]{2})+|\\["\\bnrtv]/g;
/** What Apache writes as a backslash and a letter; a quote and a backslash stand for themselves. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/**
 * Reads `"…"` from `start` on, escapes undone; `end` is the index behind the closing quote. undefined where no
 * quote opens there, none closes, or one closes inside a word, as a server that escapes nothing would write.
 */
export function readQuoted(line: string, start: number): { text: string; end: number } | undefined {
  if (line.charCodeAt(start) !== QUOTE) return undefined;
  let escaped = false;
  for (let index = start + 1; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    if (code === BACKSLASH) {
      escaped = true;
      index += 1;
    } else if (code === QUOTE) {
      const end = index + 1;
      if (end < line.length && line[end] !== ' ') return undefined;
      const raw = line.slice(start + 1, index);
      return { text: escaped ? unescape(raw) : raw, end };
    }
  }
  return undefined;
}

/**
 * `\xhh` is a byte of the client's UTF-8 (nginx, Apache), `\"`, `\\`, `\n` and their like are Apache's. Any other
 * backslash stays as it is. Bytes that are no UTF-8 become U+FFFD.
 */
function unescape(raw: string): string {
  return raw.replace(ESCAPES, (escape) => {
    const letter = escape.charAt(1);
    return letter === 'x'
      ? Buffer.from(escape.replaceAll('\\x', ''), 'hex').toString()
      : (LETTERS.get(letter) ?? letter);
  });
}
