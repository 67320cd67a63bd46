import { createHash } from 'node:crypto';
import type { IntegerRule, KeyRule, PrivacyFilter, Trigger } from '../records/privacy-filter';

const sha256 = (value: Uint8Array): string => createHash('sha256').update(value).digest('hex');
const KEY_RULES: Readonly<Record<string, KeyRule>> = {
  'drop-me': { drops: true, apply: () => '' },
  'mask-me': { drops: false, apply: () => '****' },
  'hash-me': { drops: false, apply: sha256 },
};
const TRIGGERS: readonly Trigger[] = ['drop-me', 'mask-me', 'hash-me', 'secret', 'banish', 'zap'].map(
  (literal) => ({ literal }),
);

/** Below 64 they stay; of the others one is replaced, one goes, one stays. */
const INTEGERS: IntegerRule = {
  least: 64,
  apply: (value) => [value, 'an integer', undefined][Number(value % 3n)],
};

/** One rule of each kind, simple enough to see what must come out. */
export class TestFilter implements PrivacyFilter {
  readonly triggers: readonly Trigger[] | undefined;
  readonly integers: IntegerRule | undefined;

  /** @param triggers without them everything is walked */
  constructor({ triggers, integers = false }: { triggers: boolean; integers?: boolean }) {
    this.triggers = triggers ? TRIGGERS : undefined;
    if (integers) this.integers = INTEGERS;
  }

  keyRule(key: string): KeyRule | undefined {
    return KEY_RULES[key.toLowerCase()];
  }

  text(text: string): string | undefined {
    return text.includes('BANISH')
      ? undefined
      : text.replace(/SECRET/g, '*').replace(/zap/gi, 'a longer text');
  }
}
