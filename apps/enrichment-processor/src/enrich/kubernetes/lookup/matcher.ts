import type { ClusterObjects } from './cluster-objects';
import type { Composer, ObjectNames } from './composer';
import { CONTAINER_KEYS } from './container-attributes';
import type { AssociationRule } from './association';
import {
  type Attributes,
  type EnrichContext,
  type Match,
  MISS_REASONS,
  type MissReason,
  type ResourceView,
} from './match';
import type { PodTable } from './pod-table';

const OBJECT_KEYS = {
  namespace: 'k8s.namespace.name',
  node: 'k8s.node.name',
  deploymentUid: 'k8s.deployment.uid',
  statefulSetUid: 'k8s.statefulset.uid',
  daemonSetUid: 'k8s.daemonset.uid',
  jobUid: 'k8s.job.uid',
} as const satisfies Record<keyof ObjectNames, string>;

/** The rule's name for a resource that is no pod's, but names a namespace, a node or a workload that is known. */
export const OBJECT_RULE = 'namespace_node_or_workload';
export const NO_RULE = 'none';
/** Senders choose how the names are combined, so what is kept is bounded. */
const MAX_OBJECT_RESULTS = 1_000;
/** Of a DNS label (RFC 1123), which a namespace's name is. */
const MAX_NAMESPACE_LENGTH = 63;

/** Nothing is added, and why; one object for each rule and reason, which counts. */
class Miss {
  count = 0;

  constructor(
    readonly rule: string,
    readonly reason: MissReason,
  ) {}
}
type RuleMisses = Readonly<Record<MissReason, Miss>>;

/** The hot path: a resource to what is added to it, in a few look-ups. */
export class Matcher {
  readonly wantedKeys: readonly string[];
  readonly matches: Map<string, number>;
  readonly #missesByRule: readonly RuleMisses[];
  readonly #noRule = missesOf(NO_RULE);
  readonly #byObjects = new Map<string, Attributes>();
  #objectsGeneration = -1;

  constructor(
    private readonly rules: readonly AssociationRule[],
    private readonly pods: PodTable,
    private readonly cluster: ClusterObjects,
    private readonly composer: Composer,
    private readonly isSynced: () => boolean,
  ) {
    this.wantedKeys = [
      ...new Set([
        ...rules.flatMap((rule) => rule.wantedKeys),
        ...Object.values(CONTAINER_KEYS),
        ...Object.values(OBJECT_KEYS),
      ]),
    ];
    this.matches = new Map([...rules.map(({ name }) => name), OBJECT_RULE].map((name) => [name, 0]));
    this.#missesByRule = rules.map(({ name }) => missesOf(name));
  }

  get misses(): { rule: string; reason: MissReason; count: number }[] {
    return [...this.#missesByRule, this.#noRule].flatMap((misses) =>
      Object.values(misses).map(({ rule, reason, count }) => ({ rule, reason, count })),
    );
  }

  /** Finds what is added to a resource, and counts. */
  match(view: ResourceView, context: EnrichContext): Match | undefined {
    const found = this.#find(view, context);
    if (found instanceof Miss) {
      found.count += 1;
      return undefined;
    }
    this.matches.set(found.rule, (this.matches.get(found.rule) ?? 0) + 1);
    return found;
  }

  /** The same without counting. */
  explain(view: ResourceView, context: EnrichContext): Match | undefined {
    const found = this.#find(view, context);
    return found instanceof Miss ? undefined : found;
  }

  #find(view: ResourceView, context: EnrichContext): Match | Miss {
    for (let index = 0; index < this.rules.length; index += 1) {
      const rule = this.rules[index];
      const misses = this.#missesByRule[index];
      const key = rule?.keyOf(view, context);
      if (rule === undefined || misses === undefined || key === undefined) continue;
      // As in the Collector, the first rule that can be asked decides: a resource that says which pod it is must
      // not become that of the agent which passed it on.
      const entry = this.pods.find(index, key);
      if (entry === undefined) {
        return this.#objects(view) ?? (this.isSynced() ? misses.unknown_pod : misses.not_synced);
      }
      if (entry.facts.record.ignored) return this.#objects(view) ?? misses.ignored_pod;
      const query = {
        name: view.get(CONTAINER_KEYS.name),
        id: view.get(CONTAINER_KEYS.id),
        restartCount: view.get(CONTAINER_KEYS.restartCount),
      };
      return {
        rule: rule.name,
        attributes: entry.attributesFor(query, this.composer, this.cluster.generation),
      };
    }
    return this.#objects(view) ?? this.#noRule.no_identifier;
  }

  /** A resource that is no pod's can still name its namespace, node or workload. */
  #objects(view: ResourceView): Match | undefined {
    const { cluster } = this;
    const known = (key: string, object: (name: string) => unknown): string | undefined => {
      const name = view.get(key);
      return name === undefined || object(name) === undefined ? undefined : name;
    };
    const workload = (kind: string, key: string): string | undefined =>
      known(key, (uid) => cluster.workload(kind, uid));
    const namespace = view.get(OBJECT_KEYS.namespace);
    // Only what the cluster knows or could know: what is kept must not grow with what senders make up. An unknown
    // namespace is still a service.namespace, as for the Collector.
    const names: ObjectNames = {
      namespace: namespace !== undefined && namespace.length <= MAX_NAMESPACE_LENGTH ? namespace : undefined,
      node: known(OBJECT_KEYS.node, (name) => cluster.nodes.get(name)),
      deploymentUid: workload('deployments', OBJECT_KEYS.deploymentUid),
      statefulSetUid: workload('statefulsets', OBJECT_KEYS.statefulSetUid),
      daemonSetUid: workload('daemonsets', OBJECT_KEYS.daemonSetUid),
      jobUid: workload('jobs', OBJECT_KEYS.jobUid),
    };
    const key = Object.values(names).join('\0');
    if (key === NO_OBJECTS) return undefined;
    if (this.#objectsGeneration !== this.cluster.generation || this.#byObjects.size >= MAX_OBJECT_RESULTS) {
      this.#byObjects.clear();
      this.#objectsGeneration = this.cluster.generation;
    }
    let attributes = this.#byObjects.get(key);
    if (attributes === undefined)
      this.#byObjects.set(key, (attributes = this.composer.composeObjects(names)));
    return Object.keys(attributes).length === 0 ? undefined : { rule: OBJECT_RULE, attributes };
  }
}

const NO_OBJECTS = '\0\0\0\0\0';

function missesOf(rule: string): RuleMisses {
  return Object.fromEntries(MISS_REASONS.map((reason) => [reason, new Miss(rule, reason)])) as RuleMisses;
}
