import type { Span } from '../ingest/span';
import type { GroupKey } from './group-labels';
import type { Rule } from './rule';
import {
  RuleEvaluator,
  type EvaluationLimits,
  type Judgement,
  type ServiceContext,
  type SpanOutcome,
} from './rule-evaluator';
import type { DedupBudget } from './slice';

export interface EvaluatorLimits extends EvaluationLimits {
  /** Span ids remembered in all windows together. */
  readonly maxDedupSpans: number;
}

/** Called for each span that a rule matched but did not count, and why. */
export type OnNotCounted = (reason: Exclude<SpanOutcome, 'counted'> | 'dedup_full', rule: string) => void;

/** An alert from before a restart or a reload, as far as windows care. */
export interface AlertSeat {
  readonly ruleId: string;
  readonly groupKey: GroupKey;
  readonly service: ServiceContext;
}

/** All rules side by side. One batch goes in span by span; what the rules say of it comes out at its end. */
export class Evaluator {
  readonly #evaluators = new Map<string, RuleEvaluator>();
  readonly #budget: DedupBudget;

  constructor(
    rules: readonly Rule[],
    private readonly limits: EvaluatorLimits,
    private readonly onNotCounted: OnNotCounted,
  ) {
    this.#budget = {
      used: 0,
      max: limits.maxDedupSpans,
      onFull: () => {
        onNotCounted('dedup_full', '');
      },
    };
    this.setRules(rules);
  }

  /** Replaces the rules. One that is the same as before keeps its windows; any other starts with none. */
  setRules(rules: readonly Rule[]): void {
    const before = new Map(this.#evaluators);
    this.#evaluators.clear();
    for (const rule of rules) {
      const known = before.get(rule.id);
      const isSame = known !== undefined && JSON.stringify(known.rule) === JSON.stringify(rule);
      this.#evaluators.set(rule.id, isSame ? known : new RuleEvaluator(rule, this.limits, this.#budget));
      if (isSame) before.delete(rule.id);
    }
    for (const gone of before.values()) gone.dispose();
  }

  get rules(): Rule[] {
    return [...this.#evaluators.values()].map((evaluator) => evaluator.rule);
  }

  groupCount(ruleId: string): number {
    return this.#evaluators.get(ruleId)?.groupCount ?? 0;
  }

  /** A sink for the resources and spans of one batch that was received at this time. */
  batch(nowMillis: number): {
    resource: (attributes: ReadonlyMap<string, string>) => void;
    span: (span: Span) => void;
    judge: () => Judgement[];
  } {
    let interested: [name: string, add: (span: Span) => SpanOutcome | undefined][] = [];
    return {
      resource: (attributes) => {
        interested = [];
        for (const evaluator of this.#evaluators.values()) {
          const add = evaluator.forResource(attributes, nowMillis);
          if (add !== undefined) interested.push([evaluator.rule.alert, add]);
        }
      },
      span: (span) => {
        for (const [name, add] of interested) {
          const outcome = add(span);
          if (outcome !== undefined && outcome !== 'counted') this.onNotCounted(outcome, name);
        }
      },
      judge: () => [...this.#evaluators.values()].flatMap((evaluator) => evaluator.judgeTouched(nowMillis)),
    };
  }

  /** Judges one group again without new data: for the timer. */
  judge(seat: Pick<AlertSeat, 'ruleId' | 'groupKey'>, nowMillis: number): Judgement | undefined {
    return this.#evaluators.get(seat.ruleId)?.judge(seat.groupKey, nowMillis);
  }

  adopt(seat: AlertSeat, nowMillis: number): void {
    this.#evaluators.get(seat.ruleId)?.adopt(seat.groupKey, seat.service, nowMillis);
  }

  evictIdle(nowMillis: number, hasAlert: (ruleId: string, groupKey: GroupKey) => boolean): void {
    for (const [ruleId, evaluator] of this.#evaluators) {
      evaluator.evictIdle(nowMillis, (groupKey) => hasAlert(ruleId, groupKey));
    }
  }
}
