import type { Attributes, ResourceView } from '@trace/otlp';
import type { EnrichContext } from '../../resource-enrichment';

export type { Attributes, EnrichContext, ResourceView };

export interface Match {
  /** The name of the association rule that found the pod. */
  readonly rule: string;
  /** Frozen, and the same object as long as nothing changes that it is made of. */
  readonly attributes: Attributes;
}

/** Why nothing is added: a closed set. */
export type MissReason = 'no_identifier' | 'unknown_pod' | 'not_synced' | 'ignored_pod';
export const MISS_REASONS: readonly MissReason[] = [
  'no_identifier',
  'unknown_pod',
  'not_synced',
  'ignored_pod',
];
