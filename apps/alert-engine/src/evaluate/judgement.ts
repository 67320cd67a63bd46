import type { GroupKey, Labels } from './group-labels';
import type { Rule } from './rule';
import type { ServiceContext } from './service-context';
import type { Evidence, Verdict } from './window';

/** What a rule says of one of its groups at one moment. */
export interface Judgement {
  readonly rule: Rule;
  readonly groupKey: GroupKey;
  /** The group's values as labels, in Prometheus's names. */
  readonly labels: Labels;
  readonly verdict: Verdict;
  readonly service: ServiceContext;
  /** When the engine received what led to this, milliseconds since the epoch. */
  readonly receivedAtMillis: number;
  /** The group's newest event time; -Infinity when there is none yet. */
  readonly watermarkMillis: number;
  /** Costs a merge of the window's slices: asked for only when somebody will read it. */
  readonly evidence: () => Evidence;
}
