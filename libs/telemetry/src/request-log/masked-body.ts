import { mediaTypeOf, type BodyRules } from './options';

export const MASK = '[masked]';

const FORM = 'application/x-www-form-urlencoded';
/** Credentials that stand in the middle of a text: after a scheme, in a URL, behind a name. */
const SECRETS_IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w.~+/-]+=*/gi, `$1 ${MASK}`],
  [/(:\/\/[^/\s:@]*:)[^/\s@]+@/g, `$1${MASK}@`],
  [/\b([\w-]*(?:password|passwd|secret|token|api_?key))(["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi, `$1$2${MASK}`],
];

/** A body as it may stand in a log: JSON and forms with the values of secret fields masked, other texts likewise. */
export function maskedText(text: string, contentType: string | undefined, rules: BodyRules): string {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === FORM) return maskedForm(text, rules);
  if (!/[/+]json$/.test(mediaType)) return inText(text);
  try {
    return maskedJson(JSON.parse(text), rules);
  } catch {
    // Not what it says it is.
    return inText(text);
  }
}

/** A value as JSON, members with secret names masked at whatever depth. */
export function maskedJson(value: unknown, rules: BodyRules): string {
  return JSON.stringify(value, (name, member: unknown) => {
    if (name !== '' && rules.isMasked(name) && member !== null) return MASK;
    return typeof member === 'string' ? inText(member) : member;
  });
}

function maskedForm(text: string, rules: BodyRules): string {
  return text
    .split('&')
    .map((pair) => {
      const [name = ''] = pair.split('=', 1);
      return rules.isMasked(decoded(name)) ? `${name}=${MASK}` : inText(pair);
    })
    .join('&');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

function inText(text: string): string {
  return SECRETS_IN_TEXT.reduce((left, [pattern, mask]) => left.replace(pattern, mask), text);
}
