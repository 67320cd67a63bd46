import { RE2JS } from 're2js';
import type { Pattern } from './pattern';

/**
 * RE2 finds one match in time linear in the text, but all of them in quadratic time (`a.*b|a`). From this many
 * matches on, the last one is taken to go on to the end of the text.
 */
const MAX_MATCHES_PER_TEXT = 64;

/** What a text may have around a place where nothing is; a pattern that finds it there is not about any text. */
const PROBES = ['', 'a', ' a ', '0\n0'];

/** Whether it can match the empty text, everywhere or in some place like the beginning of a word. */
export function matchesNothing(source: string): boolean {
  const compiled = RE2JS.compile(source);
  return PROBES.some((probe) => {
    const matcher = compiled.matcher(probe);
    for (let at = 0; at <= probe.length && matcher.find(at); at = matcher.end() + 1) {
      if (matcher.end() === matcher.start()) return true;
    }
    return false;
  });
}

/** A user's own regular expression, in RE2 syntax; it sees one char for each UTF-8 byte. */
export function customPattern(name: string, source: string): Pattern {
  const compiled = RE2JS.compile(source);
  let matches = 0;
  return {
    name,
    triggers: undefined,
    hint: undefined,
    find(text, from) {
      if (from === 0) matches = 0;
      const matcher = compiled.matcher(text);
      for (let at = from; at < text.length && matcher.find(at); at = matcher.end() + 1) {
        matches += 1;
        if (matcher.end() === matcher.start() && matches <= MAX_MATCHES_PER_TEXT) continue;
        const end = matches > MAX_MATCHES_PER_TEXT ? text.length : endOfChar(text, matcher.end());
        return { start: startOfChar(text, matcher.start()), end };
      }
      return undefined;
    },
  };
}

/** A character of several bytes is hidden as a whole, so that what is left is UTF-8 still. */
function startOfChar(text: string, at: number): number {
  let start = at;
  while (start > 0 && isContinuation(text, start)) start -= 1;
  return start;
}

function endOfChar(text: string, at: number): number {
  let end = at;
  while (end < text.length && isContinuation(text, end)) end += 1;
  return end;
}

function isContinuation(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xc0) === 0x80;
}
