import type { MissReason } from './lookup/match';
import type { WatchState } from './watch/watch-state';

/** What KubernetesSource tells metrics; counters only grow. */
export interface KubernetesState {
  readonly synced: boolean;
  /** One for each resource that is watched, with the number of its objects. */
  readonly watches: readonly { readonly watch: Readonly<WatchState>; readonly objects: number }[];
  readonly pods: number;
  /** Of `pods`, those deleted less than the grace period ago. */
  readonly deletedPods: number;
  readonly associationKeys: number;
  readonly leftOut: Readonly<Record<LeftOutReason, number>>;
  /** By association rule. */
  readonly matches: ReadonlyMap<string, number>;
  /** By association rule ("none": no rule had all its values) and reason. */
  readonly misses: readonly { readonly rule: string; readonly reason: MissReason; readonly count: number }[];
}

/** What the cluster has and we do not use. */
export type LeftOutReason = 'value_too_long' | 'invalid_annotation' | 'pod_table_full' | 'object_table_full';
