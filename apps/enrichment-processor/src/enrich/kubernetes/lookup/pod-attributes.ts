import type { KubernetesConfig } from '../config/kubernetes-config';
import type { MetadataName } from '../config/metadata-names';
import type { MutableAttributes } from '../objects/field-rules';
import type { MetaRecord } from '../objects/meta-record';
import type { OwnerRecord, PodRecord } from '../objects/pod';
import type { ClusterObjects } from './cluster-objects';

const CRONJOB_NAME = /^(.*)-(\d{8})$/;
/** A CronJob names its Jobs by the minute they were due; a pod that is older or younger than a day is not one's. */
const CRONJOB_SKEW_MINUTES = 24 * 60;

/** A workload and the kind by which attributes are named after it. */
export interface Workload {
  readonly kind: 'replicaset' | 'deployment' | 'statefulset' | 'daemonset' | 'job' | 'cronjob';
  readonly name: string;
  readonly uid: string | undefined;
  readonly record: MetaRecord | undefined;
}

/** The attributes that say what a pod is and what it belongs to. */
export class PodAttributes {
  readonly #wanted: ReadonlySet<MetadataName>;

  constructor(
    { extract }: Pick<KubernetesConfig, 'extract'>,
    private readonly cluster: ClusterObjects,
  ) {
    this.#wanted = new Set(extract.metadata);
  }

  /** From the pod's own fields and its owners; labels and annotations come on top (PodEntry.fields). */
  of(pod: PodRecord): MutableAttributes {
    const attributes: MutableAttributes = {};
    const workloads = this.workloadsOf(pod);
    this.#put(attributes, 'k8s.pod.name', pod.name);
    // The workload's name, the pod's if it has none; well-known labels and annotations win over both.
    this.#put(attributes, 'service.name', workloads.at(-1)?.name ?? pod.name);
    this.#put(attributes, 'k8s.pod.hostname', pod.hostname);
    this.#put(attributes, 'k8s.pod.ip', pod.addresses[0]);
    this.#put(attributes, 'k8s.namespace.name', pod.namespace);
    this.#put(attributes, 'service.namespace', pod.namespace);
    this.#put(attributes, 'k8s.pod.start_time', pod.startTime);
    this.#put(attributes, 'k8s.pod.uid', pod.uid);
    this.#put(attributes, 'k8s.node.name', pod.nodeName);
    this.#put(attributes, 'k8s.cluster.uid', this.cluster.clusterUid);
    for (const { kind, name, uid } of workloads) {
      this.#put(attributes, `k8s.${kind}.name`, name);
      this.#put(attributes, `k8s.${kind}.uid`, uid);
    }
    return attributes;
  }

  /** The chain of owners, the nearest first: a ReplicaSet and its Deployment, a Job and its CronJob. */
  workloadsOf(pod: PodRecord): Workload[] {
    return pod.owners.flatMap((owner): Workload[] => {
      switch (owner.kind) {
        case 'ReplicaSet':
          return [{ ...named('replicaset', owner), record: undefined }, ...this.#deployment(owner, pod)];
        case 'Job':
          return [this.#known('job', owner), ...this.#cronJob(owner, pod)];
        case 'StatefulSet':
          return [this.#known('statefulset', owner)];
        case 'DaemonSet':
          return [this.#known('daemonset', owner)];
      }
    });
  }

  #deployment(replicaSet: OwnerRecord, { podTemplateHash }: PodRecord): Workload[] {
    const record = this.cluster.workload('replicasets', replicaSet.uid);
    if (record !== undefined) return this.#controllerOf(record, 'Deployment', 'deployment');
    // The Deployment controller names a ReplicaSet <deployment>-<hash> and gives the hash to the pods as a label.
    const suffix = `-${podTemplateHash}`;
    return podTemplateHash !== '' && replicaSet.name.endsWith(suffix)
      ? [guessed('deployment', replicaSet.name.slice(0, -suffix.length))]
      : [];
  }

  #cronJob(job: OwnerRecord, { createdEpochMillis }: PodRecord): Workload[] {
    const record = this.cluster.workload('jobs', job.uid);
    if (record !== undefined) return this.#controllerOf(record, 'CronJob', 'cronjob');
    const [, name, minutes] = CRONJOB_NAME.exec(job.name) ?? [];
    const skewMinutes = Math.abs(Math.floor(createdEpochMillis / 60_000) - Number(minutes));
    return name !== undefined && skewMinutes <= CRONJOB_SKEW_MINUTES ? [guessed('cronjob', name)] : [];
  }

  #controllerOf({ controller }: MetaRecord, kind: string, as: 'deployment' | 'cronjob'): Workload[] {
    return controller?.kind === kind ? [this.#known(as, controller)] : [];
  }

  #known(kind: Workload['kind'], { name, uid }: { readonly name: string; readonly uid: string }): Workload {
    return { kind, name, uid, record: this.cluster.workload(`${kind}s`, uid) };
  }

  #put(attributes: MutableAttributes, name: MetadataName, value: string | undefined): void {
    if (value !== undefined && value !== '' && this.#wanted.has(name)) attributes[name] = value;
  }
}

function named(kind: Workload['kind'], { name, uid }: OwnerRecord): Pick<Workload, 'kind' | 'name' | 'uid'> {
  return { kind, name, uid };
}

function guessed(kind: Workload['kind'], name: string): Workload {
  return { kind, name, uid: undefined, record: undefined };
}
