import type { Pattern } from './pattern';
import { isReplaced } from './pattern';
import { percent } from './secret-names';

/** `://`, also as json_encode writes it, and in a URL. */
const BEGIN = new RegExp(
  `:(\\\\{0,15})/\\1/|${percent('3a')}(?:(?:${percent('5c')}){0,15}${percent('2f')}){2}`,
  'g',
);
const ENDS = /[^!-~\x80-\xff]|[/?#"<>]/g;
const ENDS_ENCODED = /[^!-~\x80-\xff]|[/?#"<>&]|%(?:25){0,3}(?:2[fF]|3[fF]|2[236])/g;
const END_BYTES = new Set([...Array(0x21).keys(), 0x7f, ...Buffer.from('/?#"<>')]);
const ENCODED_AT = /%(?:25){0,3}40/g;

/** The user and password of a URL, `scheme://user:password@host`; a user alone may be a token. */
export const urlCredentials: Pattern = {
  name: 'urlCredentials',
  hint: `:[\\\\/]|3[aA]%`,
  triggers: [
    {
      literal: '://',
      confirm(request: Buffer, at: number): boolean {
        for (let next = at + 3; next < request.length; next += 1) {
          const byte = request[next] ?? 0;
          if (byte === 0x40) return true;
          if (END_BYTES.has(byte)) return false;
        }
        return false;
      },
    },
    { literal: ':\\/\\' },
    { literal: ':\\\\' },
    { literal: '3A%2F' },
    { literal: '3A%5C' },
    { literal: '3A%25' },
  ],
  find(text, from) {
    BEGIN.lastIndex = from;
    for (let match = BEGIN.exec(text); match !== null; match = BEGIN.exec(text)) {
      const start = match.index + match[0].length;
      const end = endOfUserInfo(text, start, match[0].startsWith('%'));
      if (end !== undefined && end > start && !isReplaced(text, start, end)) return { start, end };
    }
    return undefined;
  },
};

/** Of what stands before the last @ of the authority. */
function endOfUserInfo(text: string, start: number, encoded: boolean): number | undefined {
  const ends = encoded ? ENDS_ENCODED : ENDS;
  ends.lastIndex = start;
  const authority = text.slice(start, ends.exec(text)?.index);
  const at = encoded ? [...authority.matchAll(ENCODED_AT)].at(-1)?.index : undefined;
  const last = Math.max(at ?? -1, authority.lastIndexOf('@'));
  return last < 0 ? undefined : start + last;
}
