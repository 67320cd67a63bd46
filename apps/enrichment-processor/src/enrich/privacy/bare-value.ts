import { backslashesBefore } from './quoted-value';

/** What may end a value that is not in quotes; spaces and controls always do. */
const MARK = /[^!-~\x80-\xff]|[&;,"'<]/g;
/** Behind & ; or , either the value was the last or there is another parameter. */
const ENDS_PARAMETER = /$|[^!-~\x80-\xff]|["'<]|[\w.%*:+$~@[\] -]{1,96}=/y;
const BEHIND_QUOTE = /$|[^!-~\x80-\xff]|[,;:)}\]>&/\\"'|]/y;

/**
 * Where a value in no quotes ends: before a blank or a control, a quote that closes what is around it, or a sign
 * that another parameter or nothing follows. A secret may hold any sign, so what does not clearly end it is of it.
 */
export function endOfBare(text: string, start: number): number {
  MARK.lastIndex = start;
  for (let match = MARK.exec(text); match !== null; match = MARK.exec(text)) {
    const [mark] = match;
    const at = match.index;
    if (mark === '<' && text[at + 1] !== '/') continue;
    if (mark === '"' || mark === "'") {
      if (matchesAt(BEHIND_QUOTE, text, at + 1)) return at - backslashesBefore(text, at, start);
    } else if (!(mark === '&' || mark === ';' || mark === ',') || matchesAt(ENDS_PARAMETER, text, at + 1)) {
      return at;
    }
  }
  return text.length;
}

export function matchesAt(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at;
  return sticky.test(text);
}
