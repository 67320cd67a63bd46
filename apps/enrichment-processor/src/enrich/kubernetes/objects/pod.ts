import type { KubernetesConfig } from '../config/kubernetes-config';
import type { ApiPod, OwnerReference } from './api-shapes';
import { type ContainerRecord, containersOf } from './container';
import { StringPool } from './string-pool';

export interface OwnerRecord {
  readonly kind: OwnerKind;
  readonly name: string;
  readonly uid: string;
}

/** What a pod can belong to directly. */
export type OwnerKind = 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job';
const OWNER_KINDS: ReadonlySet<string> = new Set<OwnerKind>([
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
]);

/** A pod, without all that no attribute is made of. */
export interface PodRecord {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly nodeName: string;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  /** All its addresses, the one of status.podIP first. */
  readonly addresses: readonly string[];
  /** RFC 3339, as the kubelet acknowledged the pod; until then, as it was created. */
  readonly startTime: string;
  readonly startEpochMillis: number;
  readonly createdEpochMillis: number;
  /** It will not run again; its address may belong to another pod by now. */
  readonly ended: boolean;
  /** Nothing is added for it: it relays the telemetry of others. */
  readonly ignored: boolean;
  readonly podTemplateHash: string;
  readonly owners: readonly OwnerRecord[];
  readonly containers: readonly ContainerRecord[];
}

/** The Collector's name for it has two slashes, which no API server accepts in an annotation. */
const IGNORE_ANNOTATION = 'trace.io/ignore';

/**
 * @param strings holds what pods have in common
 * @returns undefined for an object without uid, name or namespace, which the API server never sends
 */
export function podRecord(
  pod: ApiPod,
  exclude: readonly RegExp[],
  strings = new StringPool(),
): PodRecord | undefined {
  const { metadata, spec, status } = pod;
  const { uid, name, namespace } = metadata ?? {};
  if (uid === undefined || name === undefined || namespace === undefined) return undefined;
  const created = metadata?.creationTimestamp ?? '';
  const startTime = status?.startTime ?? created;
  return {
    uid,
    name,
    namespace: strings.share(namespace),
    nodeName: strings.share(spec?.nodeName ?? ''),
    hostname: spec?.hostname ?? '',
    hostNetwork: spec?.hostNetwork === true,
    addresses: addressesOf(status),
    startTime,
    startEpochMillis: epochMillis(startTime),
    createdEpochMillis: epochMillis(created),
    ended: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    ignored:
      metadata?.annotations?.[IGNORE_ANNOTATION]?.trim().toLowerCase() === 'true' ||
      exclude.some((pattern) => pattern.test(name)),
    podTemplateHash: strings.share(metadata?.labels?.['pod-template-hash'] ?? ''),
    owners: (metadata?.ownerReferences ?? []).flatMap((owner) => ownerRecord(owner, strings)),
    containers: containersOf(pod, strings),
  };
}

export function excludePatterns({ exclude }: KubernetesConfig): RegExp[] {
  return exclude.pods.map(({ name }) => new RegExp(name));
}

function addressesOf(status: ApiPod['status']): string[] {
  const all = [status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip)];
  return [...new Set(all.filter((ip): ip is string => ip !== undefined && ip !== ''))];
}

function ownerRecord({ kind, name, uid }: OwnerReference, strings: StringPool): OwnerRecord[] {
  if (name === undefined || uid === undefined || !isOwnerKind(kind)) return [];
  return [{ kind, name: strings.share(name), uid: strings.share(uid) }];
}

function isOwnerKind(kind: string | undefined): kind is OwnerKind {
  return kind !== undefined && OWNER_KINDS.has(kind);
}

function epochMillis(time: string): number {
  const millis = Date.parse(time);
  return Number.isNaN(millis) ? 0 : millis;
}
