import type { KubeClient, KubeObject } from './kube-client.ts';

/** Objects as the controllers of a real cluster would make them. */

export interface PodToCreate {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner?: Owner;
  readonly nodeName?: string;
  readonly hostname?: string;
  readonly hostNetwork?: boolean;
  readonly containers?: readonly ContainerToCreate[];
  readonly initContainers?: readonly ContainerToCreate[];
  readonly volumes?: readonly object[];
  /** Patched into the status once the pod exists. */
  readonly status?: PodStatus;
}

export interface ContainerToCreate {
  readonly name: string;
  readonly image: string;
}

export interface PodStatus {
  readonly podIP?: string;
  readonly podIPs?: readonly string[];
  readonly phase?: string;
  readonly startTime?: string;
  readonly containers?: readonly ContainerStatus[];
  readonly initContainers?: readonly ContainerStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly containerId: string;
  readonly imageId?: string;
  readonly restartCount?: number;
}

export interface Owner {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly uid: string;
}

export const ownerOf = (object: KubeObject): Owner => ({
  kind: object.kind ?? '',
  apiVersion: object.apiVersion ?? '',
  name: object.metadata.name,
  uid: object.metadata.uid ?? '',
});

export const podPath = (namespace: string, name = ''): string =>
  `/api/v1/namespaces/${namespace}/pods${name === '' ? '' : `/${name}`}`;

export async function createPod(client: KubeClient, pod: PodToCreate): Promise<KubeObject> {
  const containers = pod.containers ?? [{ name: 'app', image: 'registry.example/shop/app:1.2.3' }];
  const created = await client.create(podPath(pod.namespace), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      labels: pod.labels ?? {},
      annotations: pod.annotations ?? {},
      ownerReferences: references(pod.owner),
    },
    spec: {
      containers,
      initContainers: pod.initContainers ?? [],
      volumes: pod.volumes ?? [],
      ...(pod.nodeName === undefined ? {} : { nodeName: pod.nodeName }),
      ...(pod.hostname === undefined ? {} : { hostname: pod.hostname }),
      ...(pod.hostNetwork === undefined ? {} : { hostNetwork: pod.hostNetwork }),
    },
  });
  return pod.status === undefined ? created : setPodStatus(client, pod.namespace, pod.name, pod.status);
}

export function setPodStatus(
  client: KubeClient,
  namespace: string,
  name: string,
  { podIP, podIPs, containers, initContainers, ...rest }: PodStatus,
): Promise<KubeObject> {
  const addresses = podIPs ?? (podIP === undefined ? undefined : [podIP]);
  return client.patch(`${podPath(namespace, name)}/status`, {
    status: {
      ...rest,
      ...(addresses === undefined ? {} : { podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) }),
      ...(containers === undefined ? {} : { containerStatuses: containers.map(containerStatus) }),
      ...(initContainers === undefined ? {} : { initContainerStatuses: initContainers.map(containerStatus) }),
    },
  });
}

function containerStatus({ name, containerId, imageId = '', restartCount = 0 }: ContainerStatus): object {
  return {
    name,
    containerID: containerId,
    imageID: imageId,
    image: 'as pulled',
    restartCount,
    ready: true,
    state: { running: { startedAt: '2026-01-02T03:04:05Z' } },
  };
}

interface ObjectToCreate {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function createNamespace(client: KubeClient, metadata: ObjectToCreate): Promise<KubeObject> {
  return client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
}

export function createNode(client: KubeClient, metadata: ObjectToCreate): Promise<KubeObject> {
  return client.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata });
}

export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob';

export const workloadPath = (kind: WorkloadKind, namespace: string): string =>
  `/apis/${apiVersionOf(kind)}/namespaces/${namespace}/${kind.toLowerCase()}s`;

const apiVersionOf = (kind: WorkloadKind): string =>
  kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : 'apps/v1';

export function createWorkload(
  client: KubeClient,
  kind: WorkloadKind,
  { namespace, owner, ...metadata }: ObjectToCreate & { readonly namespace: string; readonly owner?: Owner },
): Promise<KubeObject> {
  return client.create(workloadPath(kind, namespace), {
    apiVersion: apiVersionOf(kind),
    kind,
    metadata: { ...metadata, ownerReferences: references(owner) },
    spec: workloadSpec(kind),
  });
}

function workloadSpec(kind: WorkloadKind): object {
  const labels = { app: 'any' };
  const containers = [{ name: 'app', image: 'registry.example/shop/app:1.2.3' }];
  const template = { metadata: { labels }, spec: { containers } };
  const job = { template: { spec: { containers, restartPolicy: 'Never' } } };
  switch (kind) {
    case 'Job':
      return job;
    case 'CronJob':
      return { schedule: '* * * * *', jobTemplate: { spec: job } };
    case 'StatefulSet':
      return { selector: { matchLabels: labels }, serviceName: 'any', template };
    default:
      return { selector: { matchLabels: labels }, template };
  }
}

function references(owner: Owner | undefined): object[] {
  return owner === undefined ? [] : [{ ...owner, controller: true, blockOwnerDeletion: true }];
}
