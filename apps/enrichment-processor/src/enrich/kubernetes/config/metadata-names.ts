/** The attributes that `extract.metadata` can name: those of the Collector's k8s_attributes 0.158. */
export const COLLECTOR_METADATA = [
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.pod.hostname',
  'k8s.pod.ip',
  'k8s.pod.start_time',
  'k8s.replicaset.name',
  'k8s.replicaset.uid',
  'k8s.deployment.name',
  'k8s.deployment.uid',
  'k8s.statefulset.name',
  'k8s.statefulset.uid',
  'k8s.daemonset.name',
  'k8s.daemonset.uid',
  'k8s.job.name',
  'k8s.job.uid',
  'k8s.cronjob.name',
  'k8s.cronjob.uid',
  'k8s.node.name',
  'k8s.node.uid',
  'k8s.cluster.uid',
  'k8s.container.name',
  'container.id',
  'container.image.name',
  'container.image.tag',
  'container.image.tags',
  'container.image.repo_digests',
  'service.namespace',
  'service.name',
  'service.version',
  'service.instance.id',
] as const;

/** What we know beyond that. */
export const OWN_METADATA = [
  'k8s.namespace.uid',
  'k8s.container.restart_count',
  'cloud.region',
  'cloud.availability_zone',
] as const;

export const METADATA_NAMES = [...COLLECTOR_METADATA, ...OWN_METADATA] as const;
export type MetadataName = (typeof METADATA_NAMES)[number];

/** Says where something runs and what it belongs to, without making a second name for a service. */
export const DEFAULT_METADATA: readonly MetadataName[] = [
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.pod.start_time',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
  'k8s.node.name',
  'k8s.container.name',
  'k8s.cluster.uid',
  'cloud.region',
  'cloud.availability_zone',
];

/** Those that belong to one container of a pod. */
export const CONTAINER_METADATA: readonly MetadataName[] = [
  'k8s.container.name',
  'k8s.container.restart_count',
  'container.id',
  'container.image.name',
  'container.image.tag',
  'container.image.tags',
  'container.image.repo_digests',
  'service.version',
  'service.instance.id',
];
