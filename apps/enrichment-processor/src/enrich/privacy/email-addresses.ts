import type { Pattern } from './pattern';
import { atLeast, regExpPattern } from './pattern';

/**
 * Bytes from 0x80 on belong to letters outside ASCII (RFC 6531). The rarer signs that are legal here (= ? / &)
 * are left out, since in URLs and text they stand before an address far more often than in one.
 */
const LOCAL = String.raw`[\w.%+'\x80-\xff-]`;
const isLocal = new RegExp(LOCAL);
const isDomain = /[A-Za-z0-9\x80-\xff]/;

/** E-mail addresses (RFC 5322, without quoted local parts) of a domain with at least one dot. */
export const emailAddresses: Pattern = {
  ...regExpPattern(
    'emailAddresses',
    '@|40',
    [],
    `(?<!${LOCAL})${LOCAL}+(?:@|%(?:25)?40)[A-Za-z0-9\\x80-\\xff][A-Za-z0-9.\\x80-\\xff-]*\\.${atLeast(2, '[A-Za-z\\x80-\\xff]')}`,
  ),
  triggers: [
    { literal: '%40' },
    { literal: '%2540' },
    {
      literal: '@',
      confirm: (request, at) =>
        at > 0 &&
        at + 1 < request.length &&
        isLocal.test(String.fromCharCode(request[at - 1] ?? 0)) &&
        isDomain.test(String.fromCharCode(request[at + 1] ?? 0)),
    },
  ],
};
