import type { Pattern } from './pattern';

const chars = (ranges: RegExp): string[] =>
  Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((char) => ranges.test(char));
const BEGIN = /eyJ[h-z0-6][MNOX-Za-e][\w-]*/g;
const PART = /\.[\w-]*/y;
/** Encrypted ones have five. */
const MAX_PARTS = 5;

/**
 * RFC 7519: three (encrypted: five) parts in base64url, of which the first is a JSON object whose first member
 * has a name of lower case letters and digits, as all registered ones do. That fixes five chars. What stands
 * before says nothing: in a URL it may be the end of an escape, in JSON that of `\n`.
 */
export const jsonWebTokens: Pattern = {
  name: 'jwts',
  hint: 'eyJ',
  triggers: chars(/[h-z0-6]/).flatMap((fourth) =>
    chars(/[MNOX-Za-e]/).map((fifth) => ({ literal: `eyJ${fourth}${fifth}` })),
  ),
  find(text, from) {
    BEGIN.lastIndex = from;
    for (let match = BEGIN.exec(text); match !== null; match = BEGIN.exec(text)) {
      const end = endOfParts(text, match.index + match[0].length);
      if (end !== undefined) return { start: match.index, end };
    }
    return undefined;
  },
};

/** Of the parts behind the first; undefined if there are less than two, or the first of them is empty. */
function endOfParts(text: string, from: number): number | undefined {
  let end = from;
  for (let parts = 1; parts < MAX_PARTS; parts += 1) {
    PART.lastIndex = end;
    const [part = ''] = PART.exec(text) ?? [];
    const complete = parts === 2 ? part.length > 0 : part.length > 1;
    if (!complete) return parts > 2 ? end : undefined;
    end += part.length;
  }
  return end;
}
