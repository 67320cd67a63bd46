import type { Trigger } from '@trace/otlp';

/** Where a secret is in a text, in chars. */
export interface Secret {
  readonly start: number;
  readonly end: number;
  /** What must stand on both sides of that which replaces it. */
  readonly quote?: string;
}

/**
 * Finds one kind of secret in a text that has one char for each UTF-8 byte ("latin1"), so \s and case folding
 * must keep to ASCII. A text may have 64 MiB and come from anyone: a pattern takes time in proportion to it,
 * and repeats no group without a bound, since that is what overflows the stack of JavaScript's matcher.
 */
export interface Pattern {
  readonly name: string;
  /** One of these is in every text that has such a secret; undefined if that cannot be said. */
  readonly triggers: readonly Trigger[] | undefined;
  /** A regular expression that is quick and finds something in every such text; undefined if there is none. */
  readonly hint: string | undefined;
  /** The first secret that begins at or behind `from`. */
  find(text: string, from: number): Secret | undefined;
}

/** What a masked secret is replaced by. */
export const MASK = '****';
/** Stands before the HMAC that replaces a part of a text. */
export const HASH_PREFIX = 'hmac:';
/** A secret that has been replaced already is none: what has passed once passes again unchanged. */
export const REPLACED = `(?:\\*{4}|${HASH_PREFIX}[0-9a-f]{64})`;
const REPLACED_HERE = new RegExp(
  `(?:([Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc])(?:[ \\t]{1,16}|\\+|%(?:25){0,3}(?:20|09|2[bB])))?${REPLACED}`,
  'y',
);

/** Is what stands there the replacement of a secret, as a whole, or the scheme in front of one that ends there? */
export function isReplaced(text: string, start: number, end: number): boolean {
  REPLACED_HERE.lastIndex = start;
  const match = REPLACED_HERE.exec(text);
  return match !== null && (REPLACED_HERE.lastIndex === end || match[1]?.length === end - start);
}

/** `{least,}` of a class of chars, as it must be written to not overflow the stack of the matcher. */
export function atLeast(least: number, charClass: string): string {
  return `${charClass}{${least - 1}}${charClass}+`;
}

/**
 * A pattern whose match ends with the secret, captured as the only group, or is the secret.
 * @param accept may refuse a secret that only looks like one
 */
export function regExpPattern(
  name: string,
  hint: string,
  literals: readonly string[],
  source: string,
  accept: (secret: string) => boolean = () => true,
): Pattern {
  const regExp = new RegExp(source, 'g');
  return {
    name,
    hint,
    triggers: literals.map((literal) => ({ literal })),
    find(text, from) {
      regExp.lastIndex = from;
      for (let match = regExp.exec(text); match !== null; match = regExp.exec(text)) {
        const secret = match[1] ?? match[0];
        const end = match.index + match[0].length;
        if (accept(secret)) return { start: end - secret.length, end };
        regExp.lastIndex = match.index + 1;
      }
      return undefined;
    },
  };
}
