import type { KubeClient, KubeObject } from '../../support/kube-client.ts';
import {
  createNamespace,
  createNode,
  createPod,
  createWorkload,
  ownerOf,
} from '../../support/kube-objects.ts';

const NAMESPACES = 20;
const NODES = 100;
const WORKLOADS = 1_000;
const PODS_PER_WORKLOAD = 5;
export const PODS = WORKLOADS * PODS_PER_WORKLOAD;

export const addressOf = (pod: number): string => `10.20.${Math.floor(pod / 250)}.${(pod % 250) + 1}`;
export const namespaceOf = (workload: number): string => `team-${workload % NAMESPACES}`;
const nameOf = (pod: number): string => `service-${Math.floor(pod / PODS_PER_WORKLOAD)}-6f7d8c9b4-p${pod}`;
export const podOf = (pod: number): { readonly namespace: string; readonly name: string } => ({
  namespace: namespaceOf(Math.floor(pod / PODS_PER_WORKLOAD)),
  name: nameOf(pod),
});

/** 5,000 pods of 1,000 Deployments, each object about as large as those of a real cluster. */
export async function createLargeCluster(client: KubeClient): Promise<void> {
  await each(NAMESPACES, (index) =>
    createNamespace(client, { name: `team-${index}`, annotations: { 'trace.io/owner': `team-${index}` } }),
  );
  await each(NODES, (index) =>
    createNode(client, {
      name: `node-${index}`,
      labels: {
        'topology.kubernetes.io/region': 'eu-west',
        'topology.kubernetes.io/zone': `eu-west-${index % 3}`,
      },
    }),
  );
  await each(WORKLOADS, (index) => createService(client, index));
}

async function createService(client: KubeClient, workload: number): Promise<void> {
  const namespace = namespaceOf(workload);
  const name = `service-${workload}`;
  const deployment = await createWorkload(client, 'Deployment', {
    namespace,
    name,
    annotations: { 'trace.io/runbook': `https://runbooks.example/${name}` },
  });
  const replicaSet = await createWorkload(client, 'ReplicaSet', {
    namespace,
    name: `${name}-6f7d8c9b4`,
    owner: ownerOf(deployment),
  });
  await each(PODS_PER_WORKLOAD, (index) =>
    createServicePod(client, workload * PODS_PER_WORKLOAD + index, replicaSet),
  );
}

function createServicePod(client: KubeClient, pod: number, replicaSet: KubeObject): Promise<KubeObject> {
  const { namespace, name } = podOf(pod);
  const service = `service-${Math.floor(pod / PODS_PER_WORKLOAD)}`;
  const environment = Array.from({ length: 30 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value-${index}-of-${service}`,
  }));
  const container = (container: string): object => ({
    name: container,
    image: `registry.example/${service}/${container}:1.2.${pod % 10}`,
    env: environment,
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/readyz', port: 8080 } },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  });
  return createPod(client, {
    namespace,
    name,
    owner: ownerOf(replicaSet),
    nodeName: `node-${pod % NODES}`,
    labels: {
      'app.kubernetes.io/name': service,
      'app.kubernetes.io/instance': service,
      'app.kubernetes.io/version': '1.2.3',
      'app.kubernetes.io/component': 'backend',
      'app.kubernetes.io/managed-by': 'Helm',
      'pod-template-hash': '6f7d8c9b4',
    },
    annotations: {
      'resource.opentelemetry.io/service.name': service,
      'checksum/config': 'b248ef911f93ae27cbbc85056d1ffacc87fd941bbdc2ffd951b6df8df72b8096',
      'prometheus.io/scrape': 'true',
    },
    containers: [container('app'), container('sidecar')] as { name: string; image: string }[],
    volumes: [{ name: 'data', emptyDir: {} }],
    status: {
      podIP: addressOf(pod),
      phase: 'Running',
      startTime: '2026-01-02T03:04:05Z',
      containers: ['app', 'sidecar'].map((one) => ({
        name: one,
        containerId: `containerd://${one}${String(pod).padStart(60, '0')}`,
        imageId: `registry.example/${service}/${one}@sha256:${'ab'.repeat(32)}`,
      })),
    },
  });
}

/** For each of 0 … count - 1, a few at a time. */
async function each(count: number, run: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: Math.min(count, 16) }, worker));
}
