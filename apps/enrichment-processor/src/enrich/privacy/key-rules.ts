import type { KeyRule, Trigger } from '@trace/otlp';
import { RE2JS } from 're2js';
import { globMatcher, longestPiece } from './glob';
import { type PrivacyConfig, isRegExp } from './privacy-config';

const MAX_REMEMBERED_KEYS = 4096;
/** Longer ones are hardly seen twice. */
const MAX_REMEMBERED_KEY_BYTES = 256;

const CREDENTIAL_KEYS: readonly string[] = [
  '*authorization',
  '*cookie',
  '*password',
  '*passwd',
  '*passphrase',
  '*secret',
  '*token',
  ...['', '_', '-', '.'].flatMap((mark) => [
    ...['api', 'access', 'private', 'secret'].map((kind) => `*${kind}${mark}key`),
    // PWD alone is the working directory, of a process for instance.
    `*db${mark}pwd`,
  ]),
];

interface Matcher {
  readonly rule: KeyRule | undefined;
  readonly matches: (lowerCaseKey: string) => boolean;
}

/** Which rule an attribute's key falls under, upper and lower case alike. */
export class KeyRules {
  /** See PrivacyFilter. */
  readonly triggers: readonly Trigger[] | undefined;
  readonly #matchers: readonly Matcher[];
  readonly #remembered = new Map<string, KeyRule | undefined>();

  /** @param ruleFor makes the rule that carries out an action; undefined for `keep` and `off` */
  constructor(
    config: PrivacyConfig,
    ruleFor: (name: string, action: PrivacyConfig['keyRules'][number]['action']) => KeyRule | undefined,
  ) {
    const { keyRules, credentialKeys } = config;
    const rules = [...keyRules];
    if (credentialKeys !== 'off') {
      rules.push({ name: 'credentialKeys', keys: [...CREDENTIAL_KEYS], action: credentialKeys });
    }
    this.#matchers = rules.flatMap(({ name, keys, action }) => {
      const rule = ruleFor(name, action);
      return keys.map((key) => ({ rule, matches: matcherOf(key) }));
    });
    const acting = rules.filter(({ action }) => action !== 'keep').flatMap(({ keys }) => keys);
    if (!acting.some(isRegExp)) this.triggers = acting.map((key) => ({ literal: longestPiece(key) }));
  }

  find(key: string): KeyRule | undefined {
    if (this.#remembered.has(key)) return this.#remembered.get(key);
    const lowerCase = key.toLowerCase();
    const rule = this.#matchers.find(({ matches }) => matches(lowerCase))?.rule;
    if (key.length <= MAX_REMEMBERED_KEY_BYTES) {
      if (this.#remembered.size >= MAX_REMEMBERED_KEYS) this.#remembered.clear();
      this.#remembered.set(key, rule);
    }
    return rule;
  }
}

function matcherOf(key: string): (lowerCaseKey: string) => boolean {
  if (!isRegExp(key)) return globMatcher(key.toLowerCase());
  const compiled = RE2JS.compile(key.slice(1, -1), RE2JS.CASE_INSENSITIVE);
  return (lowerCaseKey) => compiled.matches(lowerCaseKey);
}
