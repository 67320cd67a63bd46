import type { Attributes } from '@trace/otlp';
import type { Enricher } from '../enrich/enricher';
import { STAMPED_ADDRESS } from '../enrich/kubernetes/lookup/association';

/** Says what is known of a pod, or why nothing is. */
export interface KubernetesExplainer {
  explain(address: string): unknown;
}

export interface Explanation {
  /** Null: the processor watches no cluster. */
  readonly kubernetes: unknown;
  /** The owner by the catalogue; null: the service is not in it. */
  readonly catalogueOwner: string | null;
  readonly added: Attributes;
}

/** Explains what happens to a resource, for `/debug/lookup`. */
export class Lookup {
  constructor(
    private readonly enricher: Enricher,
    private readonly kubernetes: KubernetesExplainer | undefined,
  ) {}

  /** @param ip the sender's address: as the Collector stamps it, and as that of the connection */
  explain(attributes: Readonly<Record<string, string>>, ip: string | undefined): Explanation {
    const stamped = ip === undefined ? {} : { [STAMPED_ADDRESS]: ip };
    const resource = new Map(Object.entries({ ...stamped, ...attributes }));
    const context = ip === undefined ? {} : { peerAddress: ip };
    const { owner, added } = this.enricher.current.resources.explain(resource, context);
    return {
      kubernetes: (ip !== undefined && this.kubernetes?.explain(ip)) || null,
      catalogueOwner: owner,
      added,
    };
  }
}
