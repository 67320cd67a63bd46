import type { Attributes } from '@trace/otlp';
import type { KubernetesConfig } from '../config/kubernetes-config';
import type { MetadataName } from '../config/metadata-names';
import type { MutableAttributes } from '../objects/field-rules';
import type { MetaRecord } from '../objects/meta-record';
import type { PodRecord } from '../objects/pod';
import type { TraceAttributes } from '../objects/trace-annotations';
import type { ClusterObjects } from './cluster-objects';
import { ContainerAttributes, type ContainerChoice } from './container-attributes';
import { PodAttributes } from './pod-attributes';

/** A pod and what was read from its labels and annotations. */
export interface PodFacts {
  readonly record: PodRecord;
  readonly fields: Readonly<MutableAttributes>;
  readonly trace: TraceAttributes;
}

/** Names of objects that a resource itself gives when no pod is found for it, as cluster metrics do. */
export interface ObjectNames {
  readonly namespace: string | undefined;
  readonly node: string | undefined;
  readonly deploymentUid: string | undefined;
  readonly statefulSetUid: string | undefined;
  readonly daemonSetUid: string | undefined;
  readonly jobUid: string | undefined;
}

/** Puts together what is added; of two sources for one name the nearer to the container wins. */
export class Composer {
  readonly containers: ContainerAttributes;
  readonly #pods: PodAttributes;
  readonly #wanted: ReadonlySet<MetadataName>;

  constructor(
    config: Pick<KubernetesConfig, 'extract'>,
    private readonly cluster: ClusterObjects,
  ) {
    this.containers = new ContainerAttributes(config);
    this.#pods = new PodAttributes(config, cluster);
    this.#wanted = new Set(config.extract.metadata);
  }

  /** The pod's own, without container, namespace and node: what an association rule may ask for. */
  podAttributes({ record, fields }: PodFacts): MutableAttributes {
    return Object.assign(this.#pods.of(record), fields);
  }

  compose(pod: PodFacts, container: ContainerChoice): Attributes {
    const { record } = pod;
    const workloads = this.#pods.workloadsOf(record);
    const records = workloads.map((workload) => workload.record);
    const namespace = this.cluster.namespaces.get(record.namespace);
    return merge([
      this.podAttributes(pod),
      this.containers.of(record, container),
      this.#ofNamespace(namespace),
      this.#ofNode(this.cluster.nodes.get(record.nodeName)),
      ...records.map((one) => one?.attributes),
      pod.trace,
      // The workload that a person applied says more than what a controller made of it.
      ...records.toReversed().map((one) => one?.trace),
      namespace?.trace,
    ]);
  }

  composeObjects(names: ObjectNames): Attributes {
    const { cluster } = this;
    const namespace = cluster.namespaces.get(names.namespace ?? '');
    const workloads = [
      cluster.workload('deployments', names.deploymentUid ?? ''),
      cluster.workload('statefulsets', names.statefulSetUid ?? ''),
      cluster.workload('daemonsets', names.daemonSetUid ?? ''),
      cluster.workload('jobs', names.jobUid ?? ''),
    ];
    return merge([
      this.#ofNamespace(namespace),
      names.namespace !== undefined && this.#wanted.has('service.namespace')
        ? { 'service.namespace': names.namespace }
        : undefined,
      this.#ofNode(cluster.nodes.get(names.node ?? '')),
      ...workloads.map((one) => one?.attributes),
      ...workloads.map((one) => one?.trace),
      namespace?.trace,
    ]);
  }

  #ofNamespace(record: MetaRecord | undefined): MutableAttributes | undefined {
    if (record === undefined) return undefined;
    return this.#wanted.has('k8s.namespace.uid')
      ? { ...record.attributes, 'k8s.namespace.uid': record.uid }
      : record.attributes;
  }

  #ofNode(record: MetaRecord | undefined): MutableAttributes | undefined {
    if (record === undefined) return undefined;
    return this.#wanted.has('k8s.node.uid')
      ? { ...record.attributes, 'k8s.node.uid': record.uid }
      : record.attributes;
  }
}

/** The first source that has a name wins. */
function merge(sources: readonly (Attributes | undefined)[]): Attributes {
  const merged: MutableAttributes = {};
  for (const source of sources) {
    if (source === undefined) continue;
    for (const [name, value] of Object.entries(source)) {
      if (!Object.hasOwn(merged, name)) merged[name] = value;
    }
  }
  return Object.freeze(merged);
}
