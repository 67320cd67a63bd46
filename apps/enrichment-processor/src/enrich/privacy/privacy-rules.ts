import { createHmac } from 'node:crypto';
import type { IntegerRule, KeyRule, PrivacyFilter, Trigger } from '@trace/otlp';
import { LEAST_CARD_INTEGER, isCardInteger } from './card-integers';
import { cardNumbers } from './card-numbers';
import { CREDENTIAL_PATTERNS } from './credential-patterns';
import { customPattern } from './custom-pattern';
import { emailAddresses } from './email-addresses';
import { KeyRules } from './key-rules';
import { HASH_PREFIX, MASK, type Pattern } from './pattern';
import type { BuiltInRule, PrivacyAction, PrivacyConfig } from './privacy-config';

/** Told of each attribute, value or part of a text that a rule acted on. */
export interface PrivacyCounts {
  count(rule: string, action: PrivacyAction): void;
}

interface PatternRule {
  readonly pattern: Pattern;
  readonly action: PrivacyAction;
}

/** The privacy filter that a configuration describes. */
export class PrivacyRules implements PrivacyFilter {
  readonly triggers: readonly Trigger[] | undefined;
  readonly integers: IntegerRule | undefined;
  readonly #keys: KeyRules;
  readonly #patterns: readonly PatternRule[];
  /** Those that have no hint. */
  readonly #unhinted: readonly PatternRule[];
  readonly #hint: RegExp;

  /** @param hashKey of HMAC-SHA-256; see `privacyProblems` for when there must be one */
  constructor(
    config: PrivacyConfig,
    private readonly hashKey: string | undefined,
    private readonly counts: PrivacyCounts,
  ) {
    this.#keys = new KeyRules(config, (name, action) =>
      action === 'keep' ? undefined : this.#keyRule(name, action),
    );
    this.#patterns = patternRules(config);
    this.integers = this.#cardIntegers(config.cardNumbers);
    this.#unhinted = this.#patterns.filter(({ pattern }) => pattern.hint === undefined);
    const hints = this.#patterns.flatMap(({ pattern }) => pattern.hint ?? []);
    this.#hint = new RegExp(hints.length === 0 ? '(?!)' : hints.join('|'));
    const triggers = [this.#keys, ...this.#patterns.map(({ pattern }) => pattern)].map(
      (rule) => rule.triggers,
    );
    if (triggers.every((some) => some !== undefined)) this.triggers = distinct(triggers.flat());
  }

  keyRule(key: string): KeyRule | undefined {
    return this.#keys.find(key);
  }

  text(text: string): string | undefined {
    let left = text;
    // Nearly every text is of no interest, and one look shows it.
    const patterns = this.#hint.test(text) ? this.#patterns : this.#unhinted;
    for (const { pattern, action } of patterns) {
      const secret = pattern.find(left, 0);
      if (secret === undefined) continue;
      if (action === 'drop') {
        this.counts.count(pattern.name, action);
        return undefined;
      }
      left = this.#replaceAll(left, pattern, action);
    }
    return left;
  }

  #replaceAll(text: string, pattern: Pattern, action: 'hash' | 'mask'): string {
    const pieces: string[] = [];
    let from = 0;
    for (let secret = pattern.find(text, 0); secret !== undefined; secret = pattern.find(text, from)) {
      this.counts.count(pattern.name, action);
      const { start, end, quote = '' } = secret;
      const replacement =
        action === 'mask' ? MASK : HASH_PREFIX + this.#hash(Buffer.from(text.slice(start, end), 'latin1'));
      pieces.push(text.slice(from, start), quote, replacement, quote);
      from = end;
    }
    pieces.push(text.slice(from));
    return pieces.join('');
  }

  /** An integer cannot be masked as one: it becomes a string, as if its digits had been one. */
  #cardIntegers(action: PrivacyAction | 'off'): IntegerRule | undefined {
    if (action === 'off') return undefined;
    return {
      least: LEAST_CARD_INTEGER,
      apply: (value) => {
        const digits = String(value);
        if (!isCardInteger(digits)) return value;
        this.counts.count(cardNumbers.name, action);
        if (action === 'drop') return undefined;
        return action === 'mask' ? MASK : HASH_PREFIX + this.#hash(Buffer.from(digits));
      },
    };
  }

  #keyRule(name: string, action: PrivacyAction): KeyRule {
    return {
      drops: action === 'drop',
      apply: (value) => {
        this.counts.count(name, action);
        return action === 'hash' ? this.#hash(value) : MASK;
      },
    };
  }

  #hash(value: Uint8Array): string {
    return createHmac('sha256', this.hashKey ?? '')
      .update(value)
      .digest('hex');
  }
}

/** Rules share names; each is to be looked for once. */
function distinct(triggers: readonly Trigger[]): Trigger[] {
  const seen = new Map(
    triggers.map((trigger) => [trigger.confirm ?? trigger.literal.toLowerCase(), trigger]),
  );
  return [...seen.values()];
}

/** Those that are on, in the order in which a text is looked at. */
function patternRules(config: PrivacyConfig): PatternRule[] {
  const builtIn = [...CREDENTIAL_PATTERNS, emailAddresses, cardNumbers].flatMap((pattern) => {
    const action = config[pattern.name as BuiltInRule];
    return action === 'off' ? [] : [{ pattern, action }];
  });
  const custom = config.patternRules.map(({ name, regExp, action }) => ({
    pattern: customPattern(name, regExp),
    action,
  }));
  return [...builtIn, ...custom];
}
