import type { Pattern, Secret } from './pattern';

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/** Blanks, dashes and dots, also as they are written in URLs; a no-break space is two bytes. */
const SEPARATORS = [
  ' ',
  '\t',
  '-',
  '.',
  '+',
  '%20',
  '%2520',
  '%252520',
  '%09',
  '%2D',
  '%2d',
  '%2E',
  '%2e',
  '\xc2\xa0',
];
const SEPARATOR_BEGINS = new Set(SEPARATORS.map((separator) => separator.charCodeAt(0)));
const MAX_SEPARATORS = 3;
const SEPARATED = `(?:[ \\t.+-]|%(?:(?:25){0,2}20|09|2[DdEe])|\\xc2\\xa0){0,${MAX_SEPARATORS}}[0-9]`;

const DOTS = new Set(['.', '%2E', '%2e']);
/** Groups of a number with dots in it, which otherwise would be a decimal number. */
const FIRST_DOTTED_GROUP = 4;
const MAX_DOTTED_GROUP = 6;

/**
 * Payment card numbers (ISO/IEC 7812): 13 to 19 digits that pass Luhn, with separators between them or without,
 * beginning with 2 to 6 as those of all card schemes do (a time in nanoseconds begins with 1). Letters may
 * stand right before and behind.
 */
export const cardNumbers: Pattern = {
  name: 'cardNumbers',
  triggers: undefined,
  hint: `[2-6]${SEPARATED.repeat(4)}`,
  find(text, from) {
    for (let start = from; start + MIN_DIGITS <= text.length; start += 1) {
      const code = text.charCodeAt(start);
      if (code < 0x32 || code > 0x36 || !beginsNumber(text, start)) continue;
      const secret = cardAt(text, start);
      if (secret !== undefined) return secret;
    }
    return undefined;
  },
};

/** The longest card number that begins here; it ends where a group of digits does. */
function cardAt(text: string, start: number): Secret | undefined {
  const digits: number[] = [];
  let found: Secret | undefined;
  let firstGroup = 0;
  let dotted = false;
  for (let at = start; ;) {
    const before = digits.length;
    for (; isDigit(text, at); at += 1) {
      if (digits.length === MAX_DIGITS) return found;
      digits.push(text.charCodeAt(at) - 0x30);
    }
    firstGroup ||= digits.length;
    const inDots = firstGroup === FIRST_DOTTED_GROUP && digits.length - before <= MAX_DOTTED_GROUP;
    if (dotted && !inDots) return found;
    const next = behindSeparators(text, at);
    dotted = DOTS.has(text.slice(at, next));
    const isDecimal = dotted && isDigit(text, next) && firstGroup !== FIRST_DOTTED_GROUP;
    if (digits.length >= MIN_DIGITS && !isDecimal && passesLuhn(digits)) found = { start, end: at };
    if (next === at || !isDigit(text, next)) return found;
    at = next;
  }
}

function behindSeparators(text: string, from: number): number {
  let at = from;
  for (let count = 0; count < MAX_SEPARATORS && SEPARATOR_BEGINS.has(text.charCodeAt(at)); count += 1) {
    const separator = SEPARATORS.find((one) => text.startsWith(one, at));
    if (separator === undefined) return at;
    at += separator.length;
  }
  return at;
}

/** https://en.wikipedia.org/wiki/Luhn_algorithm */
export function passesLuhn(digits: readonly number[]): boolean {
  const sum = digits.reduceRight((total, digit, index) => {
    const doubled = (digits.length - index) % 2 === 0 ? 2 * digit : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Not in the middle of a longer number or a fraction; the last digit of an escape is none of a number. */
function beginsNumber(text: string, at: number): boolean {
  if (isDigit(text, at - 1)) return endsEscape(text, at);
  return !(text[at - 1] === '.' && isDigit(text, at - 2));
}

/** %HH, %25HH, \xHH or \uHHHH */
function endsEscape(text: string, at: number): boolean {
  if (text[at - 3] === '%' || text.startsWith('%25', at - 5)) return isHex(text, at - 2);
  if (text[at - 4] === '\\' && text[at - 3] === 'x') return isHex(text, at - 2);
  return text[at - 6] === '\\' && text[at - 5] === 'u' && [4, 3, 2].every((back) => isHex(text, at - back));
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function isHex(text: string, at: number): boolean {
  const lower = text.charCodeAt(at) | 0x20;
  return isDigit(text, at) || (lower >= 0x61 && lower <= 0x66);
}
