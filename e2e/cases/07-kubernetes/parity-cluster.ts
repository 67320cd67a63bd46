import type { KubeClient } from '../../support/kube-client.ts';
import {
  createNamespace,
  createNode,
  createPod,
  createWorkload,
  ownerOf,
  type PodToCreate,
  type WorkloadKind,
} from '../../support/kube-objects.ts';
import type { Resource } from './otlp-resources.ts';

const DIGEST = `sha256:${'b2'.repeat(32)}`;
/** The one address that this test's own connections come from. */
const PEER = '127.0.0.1';

/** What a resource may say of a pod, and of its containers. */
export interface KnownPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  readonly containers: readonly { readonly name: string; readonly id: string }[];
}

interface Cluster {
  readonly pods: readonly KnownPod[];
  readonly uids: Readonly<Record<'deployment' | 'statefulset' | 'daemonset' | 'job', string>>;
}

type Random = () => number;

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Pods in every shape that k8s_attributes' documentation speaks of. */
export async function createParityCluster(client: KubeClient): Promise<Cluster> {
  await createNamespace(client, {
    name: 'shop',
    labels: { stage: 'production' },
    annotations: { 'team.example/contact': 'shop@example.com' },
  });
  await createNamespace(client, { name: 'plain' });
  await createNode(client, {
    name: 'node-a',
    labels: { rack: 'r1' },
    annotations: { 'rack.example/row': '7' },
  });
  await createNode(client, { name: 'node-b' });
  const labels = { tier: 'from-workload' };
  const make = async (kind: WorkloadKind, name: string, owner?: Awaited<ReturnType<typeof createWorkload>>) =>
    createWorkload(client, kind, {
      namespace: 'shop',
      name,
      labels,
      annotations: { note: `of-${name}` },
      ...(owner === undefined ? {} : { owner: ownerOf(owner) }),
    });
  const deployment = await make('Deployment', 'checkout');
  const replicaSet = await make('ReplicaSet', 'checkout-5d4f8', deployment);
  const bareReplicaSet = await make('ReplicaSet', 'bare-set');
  const statefulSet = await make('StatefulSet', 'db');
  const daemonSet = await make('DaemonSet', 'agent');
  const cronJob = await make('CronJob', 'nightly');
  const job = await make('Job', 'nightly-29000000', cronJob);
  const bareJob = await make('Job', 'once');

  const pods: KnownPod[] = [];
  let next = 1;
  const add = async (pod: Omit<PodToCreate, 'status'> & { readonly status?: PodToCreate['status'] }) => {
    const address = pod.status?.podIP ?? `10.40.0.${next++}`;
    const specified = pod.containers ?? [{ name: 'app', image: 'registry.example/shop/app:1.2.3' }];
    const containers = specified.map(({ name, image }) => ({
      name,
      id: `${pod.name}-${name}-id`,
      imageId: `${image.replace(/(:[^/]*)?$/, '').replace(/@.*$/, '')}@${DIGEST}`,
    }));
    const created = await createPod(client, {
      ...pod,
      status: {
        phase: 'Running',
        startTime: '2026-01-02T03:04:05Z',
        containers: containers.map(({ name, id, imageId }, index) => ({
          name,
          containerId: `containerd://${id}`,
          imageId,
          restartCount: index,
        })),
        ...pod.status,
        podIP: address,
      },
    });
    pods.push({
      namespace: pod.namespace,
      name: pod.name,
      uid: created.metadata.uid ?? '',
      address,
      containers,
    });
  };
  const owned = { namespace: 'shop', nodeName: 'node-a' };
  await add({
    ...owned,
    name: 'checkout-5d4f8-a',
    owner: ownerOf(replicaSet),
    labels: { 'pod-template-hash': '5d4f8', 'app.kubernetes.io/name': 'checkout-name', tier: 'front' },
    annotations: { 'resource.opentelemetry.io/service.version': 'annotated', note: 'a' },
  });
  await add({
    ...owned,
    name: 'checkout-5d4f8-b',
    owner: ownerOf(replicaSet),
    labels: {
      'app.kubernetes.io/name': 'name',
      'app.kubernetes.io/instance': 'instance',
      'app.kubernetes.io/version': 'labelled',
    },
    annotations: { 'resource.opentelemetry.io/deployment.environment.name': 'from-annotation' },
  });
  await add({ ...owned, name: 'bare-set-x', owner: ownerOf(bareReplicaSet) });
  await add({ ...owned, name: 'db-0', owner: ownerOf(statefulSet), hostname: 'db-0' });
  await add({ ...owned, name: 'agent-x', owner: ownerOf(daemonSet), nodeName: 'node-b' });
  await add({ ...owned, name: 'nightly-29000000-x', owner: ownerOf(job) });
  await add({ ...owned, name: 'once-x', owner: ownerOf(bareJob) });
  await add({ namespace: 'plain', name: 'lonely' });
  await add({ namespace: 'plain', name: 'peer', status: { podIP: PEER } });
  await add({
    namespace: 'plain',
    name: 'two-containers',
    containers: [
      { name: 'app', image: `registry.example:5000/shop/app:1.0@${DIGEST}` },
      { name: 'proxy', image: 'mesh/proxy' },
    ],
  });
  await add({
    namespace: 'plain',
    name: 'with-init',
    containers: [{ name: 'app', image: 'app' }],
    initContainers: [{ name: 'prepare', image: 'prepare:1' }],
  });
  await add({ ...owned, name: 'host-network', hostNetwork: true, status: { podIP: '10.40.9.1' } });
  await add({ namespace: 'plain', name: 'jaeger-agent-1' });
  await add({ namespace: 'plain', name: 'shared-running', status: { podIP: '10.40.9.2' } });
  await add({
    namespace: 'plain',
    name: 'shared-ended',
    status: { podIP: '10.40.9.2', phase: 'Succeeded', startTime: '2026-01-03T03:04:05Z' },
  });
  await add({
    namespace: 'plain',
    name: 'dual',
    status: { podIP: '10.40.9.3', podIPs: ['10.40.9.3', 'fd00::93'] },
  });
  await add({ namespace: 'plain', name: 'not-started', status: { containers: [] } });
  await add({
    namespace: 'plain',
    name: 'two-waiting',
    containers: [
      { name: 'app', image: 'app:1' },
      { name: 'proxy', image: 'proxy:2' },
    ],
    status: {
      containers: [
        { name: 'app', containerId: '' },
        { name: 'proxy', containerId: '' },
      ],
    },
  });
  const uid = (object: { readonly metadata: { readonly uid?: string } }): string => object.metadata.uid ?? '';
  return {
    pods,
    uids: {
      deployment: uid(deployment),
      statefulset: uid(statefulSet),
      daemonset: uid(daemonSet),
      job: uid(job),
    },
  };
}

/** Resources that say who they are in every way there is, rightly and wrongly. */
export function parityResources({ pods, uids }: Cluster, count: number, random: Random): Resource[] {
  const identities: ((pod: KnownPod) => Resource)[] = [
    ({ uid }) => ({ 'k8s.pod.uid': uid }),
    ({ address }) => ({ 'k8s.pod.ip': address }),
    ({ namespace, name }) => ({ 'k8s.namespace.name': namespace, 'k8s.pod.name': name }),
    ({ containers }) => ({ 'container.id': pick(random, containers).id }),
    ({ uid }) => ({ 'k8s.pod.uid': `${uid}-unknown` }),
    () => ({ 'k8s.pod.ip': 'fd00::93' }),
    () => ({ 'k8s.pod.ip': '10.99.99.99' }),
    () => ({}),
    () => ({ 'k8s.namespace.name': 'shop' }),
    () => ({ 'k8s.namespace.name': 'unheard-of', 'k8s.pod.uid': 'unknown' }),
    () => ({ 'k8s.node.name': 'node-a', 'k8s.pod.uid': 'unknown' }),
    () => ({ 'k8s.deployment.uid': uids.deployment, 'k8s.pod.uid': 'unknown' }),
    () => ({ 'k8s.statefulset.uid': uids.statefulset, 'k8s.pod.uid': 'unknown' }),
    () => ({ 'k8s.daemonset.uid': uids.daemonset, 'k8s.pod.uid': 'unknown' }),
    () => ({ 'k8s.job.uid': uids.job, 'k8s.pod.uid': 'unknown' }),
  ];
  const extras: ((pod: KnownPod) => Resource)[] = [
    () => ({}),
    () => ({}),
    ({ containers }) => ({ 'k8s.container.name': pick(random, containers).name }),
    ({ containers }) => ({
      'k8s.container.name': pick(random, containers).name,
      'k8s.container.restart_count': '0',
    }),
    () => ({ 'k8s.container.name': 'no-such-container' }),
    () => ({ 'service.name': 'set-by-sender', 'k8s.node.name': 'set-by-sender' }),
    () => ({ 'service.name': '' }),
    () => ({ 'container.image.tags': ['set-by-sender'] }),
  ];
  return Array.from({ length: count }, (_, index) => {
    const pod = pick(random, pods);
    // Each way once for each pod first, then by chance.
    const identity =
      identities[index < pods.length * 4 ? index % 4 : Math.floor(random() * identities.length)];
    const shown = pods[Math.floor(index / 4)] ?? pod;
    return { 'test.id': String(index), ...identity?.(shown), ...pick(random, extras)(shown) };
  });
}
