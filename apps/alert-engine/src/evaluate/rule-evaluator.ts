import { groupLabels, type GroupKey, type Labels } from './group-labels';
import { matchesResource, ROUTE } from './match';
import type { Judgement } from './judgement';
import type { StreamingRule } from './rule';
import { serviceContext, type ServiceContext } from './service-context';
import type { DedupBudget, Sample } from './slice';
import { SlidingWindow } from './window';

export type SampleOutcome = 'counted' | 'late' | 'duplicate' | 'future' | 'group_limit';

export interface EvaluationLimits {
  readonly maxGroupsPerRule: number;
  /** How far a sender's clock may be ahead, and how much older than its windows a span may arrive. */
  readonly maxClockSkewMillis: number;
}

interface Group {
  readonly window: SlidingWindow;
  readonly labels: Labels;
  service: ServiceContext;
  lastReceivedMillis: number;
}

/** One rule over all its groups. Knows samples and windows; alerts are somebody else's. */
export class RuleEvaluator {
  readonly #groups = new Map<GroupKey, Group>();
  readonly #touched = new Set<GroupKey>();

  constructor(
    readonly rule: StreamingRule,
    private readonly limits: EvaluationLimits,
    private readonly budget: DedupBudget,
  ) {}

  get groupCount(): number {
    return this.#groups.size;
  }

  /**
   * What to do with what matches of a resource; undefined when the rule does not look at that resource. What is
   * the same for all of it is worked out here, once.
   */
  forResource(
    attributes: ReadonlyMap<string, string>,
    nowMillis: number,
  ): ((sample: Sample) => SampleOutcome) | undefined {
    const { match, by } = this.rule;
    if (!matchesResource(match, attributes)) return undefined;
    const service = serviceContext((attribute) => attributes.get(attribute));
    const values = by.map((key) => presentOrNull(attributes.get(key)));
    const routeIndex = by.indexOf(ROUTE);
    const commonKey = JSON.stringify(values);
    return (sample) => {
      const key =
        routeIndex < 0 ? commonKey : JSON.stringify(values.with(routeIndex, presentOrNull(sample.route)));
      return this.#add(key, sample, service, nowMillis);
    };
  }

  /** Judges the groups that got something since the last call. */
  judgeTouched(nowMillis: number): Judgement[] {
    const judgements = [...this.#touched].map((key) => this.judge(key, nowMillis));
    this.#touched.clear();
    return judgements.filter((judgement) => judgement !== undefined);
  }

  judge(groupKey: GroupKey, nowMillis: number): Judgement | undefined {
    const group = this.#groups.get(groupKey);
    if (group === undefined) return undefined;
    const { window } = group;
    const isSilent = nowMillis - group.lastReceivedMillis >= this.rule.windowMillis;
    return {
      rule: this.rule,
      groupKey,
      labels: group.labels,
      verdict: isSilent && this.rule.resolveOnSilence ? 'good' : window.judge(),
      service: group.service,
      receivedAtMillis: group.lastReceivedMillis,
      watermarkMillis: window.watermarkMillis,
      evidence: () => window.evidence(),
    };
  }

  /** Makes an empty group for an alert from before; its windows begin with what comes from now on. */
  adopt(groupKey: GroupKey, service: ServiceContext, nowMillis: number): void {
    if (!this.#groups.has(groupKey)) this.#create(groupKey, service, nowMillis);
  }

  /** Forgets groups that got nothing for a window and its lateness, unless an alert hangs on them. */
  evictIdle(nowMillis: number, hasAlert: (groupKey: GroupKey) => boolean): void {
    const idleMillis = this.rule.windowMillis + this.rule.latenessMillis + this.limits.maxClockSkewMillis;
    for (const [key, group] of this.#groups) {
      if (nowMillis - group.lastReceivedMillis <= idleMillis || hasAlert(key)) continue;
      group.window.dispose();
      this.#groups.delete(key);
    }
  }

  dispose(): void {
    for (const group of this.#groups.values()) group.window.dispose();
    this.#groups.clear();
  }

  #add(key: GroupKey, sample: Sample, service: ServiceContext, nowMillis: number): SampleOutcome {
    const { windowMillis, latenessMillis } = this.rule;
    const { maxClockSkewMillis, maxGroupsPerRule } = this.limits;
    if (sample.endMillis > nowMillis + maxClockSkewMillis) return 'future';
    // A group's first sample has no watermark to be late for; the clock on the wall stands in, less the skew.
    if (sample.endMillis < nowMillis - maxClockSkewMillis - windowMillis - latenessMillis) return 'late';
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= maxGroupsPerRule) return 'group_limit';
      group = this.#create(key, service, nowMillis);
    }
    const outcome = group.window.add(sample);
    if (outcome === 'counted') {
      group.service = service;
      group.lastReceivedMillis = nowMillis;
      this.#touched.add(key);
    }
    return outcome;
  }

  #create(key: GroupKey, service: ServiceContext, nowMillis: number): Group {
    const group: Group = {
      window: new SlidingWindow(this.rule, this.budget, nowMillis),
      labels: groupLabels(this.rule.by, key),
      service,
      lastReceivedMillis: nowMillis,
    };
    this.#groups.set(key, group);
    return group;
  }
}

/** An empty value makes no label, so it must not make a group of its own either. */
function presentOrNull(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
