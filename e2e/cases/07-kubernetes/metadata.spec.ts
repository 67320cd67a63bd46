import { KubeApiServer } from '../../support/kube-api-server.ts';
import type { KubeClient } from '../../support/kube-client.ts';
import {
  createNamespace,
  createNode,
  createPod,
  createWorkload,
  ownerOf,
  podPath,
  setPodStatus,
  workloadPath,
} from '../../support/kube-objects.ts';
import { METADATA } from './all-metadata.ts';
import { RunningSource } from './source.ts';

const DIGEST = 'sha256:b248ef911f93ae27cbbc85056d1ffacc87fd941bbdc2ffd951b6df8df72b8096';

describe('metadata from a real API server', () => {
  let server: KubeApiServer;
  let client: KubeClient;
  let running: RunningSource;

  beforeAll(async () => {
    server = await KubeApiServer.start();
    client = server.client;
    await createNamespace(client, { name: 'shop', annotations: { 'trace.io/owner': 'shop-team' } });
    await createNode(client, {
      name: 'node-a',
      labels: { 'topology.kubernetes.io/region': 'eu-west', 'topology.kubernetes.io/zone': 'eu-west-b' },
    });
    running = await RunningSource.synced(server, { extract: { metadata: METADATA } });
  });
  afterAll(async () => {
    await running.source.stop();
    await server.stop();
  });

  it('names the pod, its node, its place, its cluster and the whole chain of its owners', async () => {
    const deployment = await createWorkload(client, 'Deployment', {
      namespace: 'shop',
      name: 'checkout',
      annotations: {
        'trace.io/criticality': 'critical',
        'trace.io/runbook': 'https://runbooks.example/checkout',
      },
    });
    const replicaSet = await createWorkload(client, 'ReplicaSet', {
      namespace: 'shop',
      name: 'checkout-5d4f8',
      owner: ownerOf(deployment),
    });
    const pod = await createPod(client, {
      namespace: 'shop',
      name: 'checkout-5d4f8-x7',
      owner: ownerOf(replicaSet),
      nodeName: 'node-a',
      hostname: 'checkout-host',
      containers: [{ name: 'app', image: `registry.example:5000/shop/checkout:2.1.0@${DIGEST}` }],
      status: {
        podIP: '10.1.0.1',
        phase: 'Running',
        startTime: '2026-01-02T03:04:05Z',
        containers: [
          {
            name: 'app',
            containerId: 'containerd://abc123',
            imageId: `registry.example:5000/shop/checkout@${DIGEST}`,
            restartCount: 3,
          },
        ],
      },
    });
    // The watches of ReplicaSets, which name the Deployment, and of Deployments are two: which is ahead is chance.
    await running.until('the pod is known', () => {
      const known = running.byIp('10.1.0.1');
      return known?.['k8s.deployment.uid'] !== undefined && known['service.criticality'] !== undefined;
    });
    const [node, namespace, cluster] = await Promise.all(
      ['nodes/node-a', 'namespaces/shop', 'namespaces/kube-system'].map((path) =>
        client.get(`/api/v1/${path}`),
      ),
    );
    expect(running.byIp('10.1.0.1')).toEqual({
      'k8s.pod.name': 'checkout-5d4f8-x7',
      'k8s.pod.uid': pod.metadata.uid,
      'k8s.pod.hostname': 'checkout-host',
      'k8s.pod.ip': '10.1.0.1',
      'k8s.pod.start_time': '2026-01-02T03:04:05Z',
      'k8s.namespace.name': 'shop',
      'k8s.namespace.uid': namespace?.metadata.uid,
      'k8s.replicaset.name': 'checkout-5d4f8',
      'k8s.replicaset.uid': replicaSet.metadata.uid,
      'k8s.deployment.name': 'checkout',
      'k8s.deployment.uid': deployment.metadata.uid,
      'k8s.node.name': 'node-a',
      'k8s.node.uid': node?.metadata.uid,
      'k8s.cluster.uid': cluster?.metadata.uid,
      'cloud.region': 'eu-west',
      'cloud.availability_zone': 'eu-west-b',
      'k8s.container.name': 'app',
      'k8s.container.restart_count': 3,
      'container.id': 'abc123',
      'container.image.name': 'registry.example:5000/shop/checkout',
      'container.image.tag': '2.1.0',
      'container.image.tags': ['2.1.0'],
      'container.image.repo_digests': [`registry.example:5000/shop/checkout@${DIGEST}`],
      'service.name': 'checkout',
      'service.namespace': 'shop',
      'service.version': `2.1.0@${DIGEST}`,
      'service.instance.id': 'shop.checkout-5d4f8-x7.app',
      'service.owner': 'shop-team',
      'service.criticality': 'critical',
      'service.runbook.url': 'https://runbooks.example/checkout',
    });
  });

  it.each([
    { kind: 'StatefulSet', key: 'statefulset', address: '10.1.1.1' },
    { kind: 'DaemonSet', key: 'daemonset', address: '10.1.1.2' },
  ] as const)('names a $kind', async ({ kind, key, address }) => {
    const owner = await createWorkload(client, kind, {
      namespace: 'shop',
      name: `db-${key}`,
      annotations: { 'trace.io/owner': 'storage' },
    });
    await createPod(client, {
      namespace: 'shop',
      name: `db-${key}-0`,
      owner: ownerOf(owner),
      status: { podIP: address },
    });
    // The watches of pods and of workloads are two: which is ahead is chance.
    await running.until('the pod is known', () => running.byIp(address)?.['service.owner'] === 'storage');
    expect(running.byIp(address)).toMatchObject({
      [`k8s.${key}.name`]: `db-${key}`,
      [`k8s.${key}.uid`]: owner.metadata.uid,
      'service.name': `db-${key}`,
    });
  });

  it('names a Job and the CronJob behind it', async () => {
    const cronJob = await createWorkload(client, 'CronJob', {
      namespace: 'shop',
      name: 'nightly',
      annotations: { 'trace.io/dashboard': 'https://grafana.example/d/nightly' },
    });
    const job = await createWorkload(client, 'Job', {
      namespace: 'shop',
      name: 'nightly-29000000',
      owner: ownerOf(cronJob),
    });
    await createPod(client, {
      namespace: 'shop',
      name: 'nightly-29000000-abcde',
      owner: ownerOf(job),
      status: { podIP: '10.1.2.1' },
    });
    await running.until(
      'the chain is known',
      () => running.byIp('10.1.2.1')?.['service.dashboard.url'] !== undefined,
    );
    expect(running.byIp('10.1.2.1')).toMatchObject({
      'k8s.job.name': 'nightly-29000000',
      'k8s.job.uid': job.metadata.uid,
      'k8s.cronjob.name': 'nightly',
      'k8s.cronjob.uid': cronJob.metadata.uid,
      'service.name': 'nightly',
      'service.dashboard.url': 'https://grafana.example/d/nightly',
    });
  });

  it('follows every update, and returns the same object while nothing changes', async () => {
    await createPod(client, { namespace: 'shop', name: 'moving', status: { podIP: '10.1.3.1' } });
    await running.until('the pod is known', () => running.byIp('10.1.3.1') !== undefined);
    const before = running.byIp('10.1.3.1');
    expect(Object.isFrozen(before)).toBe(true);

    // An update that no attribute is made of.
    const { events } = running.watch('pods').watch;
    await client.patch(`${podPath('shop', 'moving')}/status`, { status: { message: 'still here' } });
    await running.until('the update came', () => running.watch('pods').watch.events > events);
    expect(running.byIp('10.1.3.1')).toBe(before);
    // A change that might have concerned it.
    const deployments = running.watch('deployments').watch.events;
    await createWorkload(client, 'Deployment', { namespace: 'shop', name: 'unrelated' });
    await running.until('it came', () => running.watch('deployments').watch.events > deployments);
    expect(running.byIp('10.1.3.1')).toBe(before);

    await client.patch(podPath('shop', 'moving'), {
      metadata: { annotations: { 'trace.io/owner': 'movers' } },
    });
    await running.until('the owner changed', () => running.byIp('10.1.3.1')?.['service.owner'] === 'movers');
    expect(running.byIp('10.1.3.1')).not.toBe(before);

    await client.patch('/api/v1/namespaces/shop', {
      metadata: { annotations: { 'trace.io/criticality': 'low' } },
    });
    await running.until(
      'the namespace changed',
      () => running.byIp('10.1.3.1')?.['service.criticality'] === 'low',
    );

    await setPodStatus(client, 'shop', 'moving', { podIP: '10.1.3.2' });
    await running.until('the address changed', () => running.byIp('10.1.3.2')?.['k8s.pod.name'] === 'moving');
  });

  it('follows a workload that is changed after its pods were made', async () => {
    const owner = await createWorkload(client, 'StatefulSet', { namespace: 'shop', name: 'late' });
    await createPod(client, {
      namespace: 'shop',
      name: 'late-0',
      owner: ownerOf(owner),
      status: { podIP: '10.1.4.1' },
    });
    await running.until('the pod is known', () => running.byIp('10.1.4.1') !== undefined);
    await client.patch(`${workloadPath('StatefulSet', 'shop')}/late`, {
      metadata: { annotations: { 'trace.io/runbook': 'https://runbooks.example/late' } },
    });
    await running.until(
      'the runbook is known',
      () => running.byIp('10.1.4.1')?.['service.runbook.url'] === 'https://runbooks.example/late',
    );
  });
});
