import { formatPath } from './format-path';
import { isSecretAddress, isSecretPath } from './secrecy';

const HIDDEN = '<hidden>';

/**
 * A configuration as it may stand in a log: what its name says is secret is hidden, of every URL the user, the
 * password and the query are, and of an address that is itself a secret all but the host.
 */
export function shownConfig(value: unknown, path: readonly PropertyKey[] = []): unknown {
  if (typeof value === 'string') return shownText(value, formatPath(path));
  if (value instanceof URL) return shownText(value.href, formatPath(path));
  if (Array.isArray(value)) return value.map((item, index) => shownConfig(item, [...path, index]));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, inner]) => inner !== undefined)
        .map(([key, inner]) => [key, shownConfig(inner, [...path, key])]),
    );
  }
  return value !== undefined && isSecretPath(formatPath(path)) ? HIDDEN : value;
}

function shownText(text: string, path: string): string {
  if (text !== '' && isSecretAddress(path)) return `${URL.parse(text)?.host ?? ''}/${HIDDEN}`;
  if (text !== '' && isSecretPath(path)) return HIDDEN;
  if (!text.includes('://')) return text;
  // Up to the last @: a password that was not escaped may hold one. Of several addresses in one text only the last
  // is left, then.
  return text.replace(/:\/\/\S*@/, `://${HIDDEN}@`).replace(/[?#].*$/, `?${HIDDEN}`);
}
