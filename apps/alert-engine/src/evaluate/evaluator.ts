import type { LogLine } from '../ingest/log-line';
import type { Span } from '../ingest/span';
import type { GroupKey } from './group-labels';
import type { Judgement } from './judgement';
import type { RuleSignal, StreamingRule } from './rule';
import { RuleEvaluator, type EvaluationLimits, type SampleOutcome } from './rule-evaluator';
import type { ServiceContext } from './service-context';
import { lineSample, spanSample } from './sample';
import type { DedupBudget, Sample } from './slice';

export interface EvaluatorLimits extends EvaluationLimits {
  /** Span ids remembered in all windows together. */
  readonly maxDedupSpans: number;
}

/** Called for each span or log line that a rule matched but did not count, and why. */
export type OnNotCounted = (reason: Exclude<SampleOutcome, 'counted'> | 'dedup_full', rule: string) => void;

/** An alert from before a restart or a reload, as far as windows care. */
export interface AlertSeat {
  readonly ruleId: string;
  readonly groupKey: GroupKey;
  readonly service: ServiceContext;
}

/** Takes one request, resource by resource, and says at its end what the rules make of it. */
export interface Batch<Item> {
  /** @returns whether any rule looks at what comes of this resource */
  readonly resource: (attributes: ReadonlyMap<string, string>) => boolean;
  readonly item: (item: Item) => void;
  readonly judge: () => Judgement[];
}

/** All streaming rules side by side. */
export class Evaluator {
  readonly #evaluators = new Map<string, RuleEvaluator>();
  readonly #budget: DedupBudget;

  constructor(
    rules: readonly StreamingRule[],
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
  setRules(rules: readonly StreamingRule[]): void {
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

  get rules(): StreamingRule[] {
    return [...this.#evaluators.values()].map((evaluator) => evaluator.rule);
  }

  groupCount(ruleId: string): number {
    return this.#evaluators.get(ruleId)?.groupCount ?? 0;
  }

  /** A sink for the resources and spans of one batch that was received at this time. */
  spans(nowMillis: number): Batch<Span> {
    return this.#batch('traces', nowMillis, (rule, span) => spanSample(rule, span, nowMillis));
  }

  /** The same for log lines. */
  lines(nowMillis: number): Batch<LogLine> {
    return this.#batch('logs', nowMillis, lineSample);
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

  #batch<Item>(
    signal: RuleSignal,
    nowMillis: number,
    toSample: (rule: StreamingRule, item: Item) => Sample | undefined,
  ): Batch<Item> {
    const evaluators = [...this.#evaluators.values()].filter(({ rule }) => rule.signal === signal);
    let interested: [rule: StreamingRule, add: (sample: Sample) => SampleOutcome][] = [];
    return {
      resource: (attributes) => {
        interested = evaluators.flatMap((evaluator) => {
          const add = evaluator.forResource(attributes, nowMillis);
          return add === undefined ? [] : [[evaluator.rule, add]];
        });
        return interested.length > 0;
      },
      item: (item) => {
        for (const [rule, add] of interested) {
          const sample = toSample(rule, item);
          if (sample === undefined) continue;
          const outcome = add(sample);
          if (outcome !== 'counted') this.onNotCounted(outcome, rule.alert);
        }
      },
      judge: () => evaluators.flatMap((evaluator) => evaluator.judgeTouched(nowMillis)),
    };
  }
}
