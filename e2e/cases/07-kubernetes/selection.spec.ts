import { KubeApiServer } from '../../support/kube-api-server.ts';
import type { KubeClient } from '../../support/kube-client.ts';
import { createNamespace, createNode, createPod, podPath, setPodStatus } from '../../support/kube-objects.ts';
import { sleep } from '../../support/wait.ts';
import { RunningSource } from './source.ts';

describe('which pod telemetry is from', () => {
  let server: KubeApiServer;
  let client: KubeClient;
  const started: RunningSource[] = [];

  beforeAll(async () => {
    server = await KubeApiServer.start();
    client = server.client;
    await createNamespace(client, { name: 'shop', labels: { stage: 'production' } });
    await createNamespace(client, { name: 'other' });
    await createNode(client, { name: 'node-a', labels: { rack: 'r1' } });
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ source }) => source.stop()));
  });
  afterAll(async () => {
    await server.stop();
  });

  async function start(config: object = {}, env: NodeJS.ProcessEnv = {}): Promise<RunningSource> {
    const running = await RunningSource.synced(server, config, env);
    started.push(running);
    return running;
  }

  const name = (found: Readonly<Record<string, unknown>> | undefined): unknown => found?.['k8s.pod.name'];

  it('is found by the peer of the connection, by uid, and by name and namespace', async () => {
    const pod = await createPod(client, { namespace: 'shop', name: 'cart', status: { podIP: '10.3.0.1' } });
    const one = await start();
    expect(name(one.find({}, '10.3.0.1'))).toBe('cart');
    expect(name(one.find({}, '::ffff:10.3.0.1'))).toBe('cart');
    expect(name(one.find({ 'k8s.pod.ip': '10.3.0.1' }, '127.0.0.1'))).toBe('cart');
    expect(name(one.find({ 'k8s.pod.uid': pod.metadata.uid ?? '' }))).toBe('cart');
    expect(name(one.find({ 'k8s.pod.name': 'cart', 'k8s.namespace.name': 'shop' }))).toBe('cart');
    expect(one.find({ 'k8s.pod.name': 'cart', 'k8s.namespace.name': 'default' })).toBeUndefined();
    expect(one.find({}, '10.3.0.99')).toBeUndefined();
    expect(one.find({})).toBeUndefined();
    expect(one.source.state.misses.filter(({ count }) => count > 0)).toEqual([
      { rule: 'k8s.namespace.name+k8s.pod.name', reason: 'unknown_pod', count: 1 },
      { rule: 'connection', reason: 'unknown_pod', count: 1 },
      { rule: 'none', reason: 'no_identifier', count: 1 },
    ]);
  });

  it('is decided by the first rule that can be asked, even when that finds nothing', async () => {
    await createPod(client, { namespace: 'shop', name: 'agent', status: { podIP: '10.3.1.1' } });
    const one = await start();
    expect(one.find({ 'k8s.pod.uid': 'of-a-pod-elsewhere' }, '10.3.1.1')).toBeUndefined();
  });

  it('needs every condition of a rule, up to four', async () => {
    await createPod(client, {
      namespace: 'shop',
      name: 'four',
      labels: { release: 'blue' },
      nodeName: 'node-a',
      status: { podIP: '10.3.2.1', containers: [{ name: 'app', containerId: 'containerd://four-id' }] },
    });
    const source = (attribute: string): object => ({ from: 'resource_attribute', name: attribute });
    const one = await start({
      extract: { labels: [{ key: 'release', tagName: 'release' }] },
      podAssociation: [
        {
          sources: [
            source('container.id'),
            source('k8s.namespace.name'),
            source('release'),
            { from: 'connection' },
          ],
        },
      ],
    });
    const all = {
      'container.id': 'four-id',
      'k8s.namespace.name': 'shop',
      release: 'blue',
      'k8s.pod.ip': '10.3.2.1',
    };
    expect(name(one.find(all))).toBe('four');
    for (const [key, wrong] of Object.entries(all)) {
      expect(name(one.find({ ...all, [key]: `${wrong}0` }))).toBeUndefined();
      expect(name(one.find({ ...all, [key]: '' }))).toBeUndefined();
    }
  });

  it('is none on the host network by its address alone, which it shares with the whole node', async () => {
    const pod = await createPod(client, {
      namespace: 'shop',
      name: 'node-agent',
      hostNetwork: true,
      nodeName: 'node-a',
      status: { podIP: '10.3.3.1' },
    });
    const one = await start();
    expect(one.byIp('10.3.3.1')).toBeUndefined();
    expect(one.find({}, '10.3.3.1')).toBeUndefined();
    expect(name(one.find({ 'k8s.pod.uid': pod.metadata.uid ?? '' }))).toBe('node-agent');
    expect(one.source.explain('10.3.3.1').summary).toContain('shop/node-agent has it from its node');
  });

  it('is none that was excluded by name or excludes itself', async () => {
    await createPod(client, { namespace: 'shop', name: 'jaeger-agent-x', status: { podIP: '10.3.4.1' } });
    await createPod(client, {
      namespace: 'shop',
      name: 'modest',
      annotations: { 'trace.io/ignore': 'True' },
      status: { podIP: '10.3.4.2' },
    });
    const one = await start();
    expect(one.byIp('10.3.4.1')).toBeUndefined();
    expect(one.byIp('10.3.4.2')).toBeUndefined();
    expect(one.source.explain('10.3.4.2').summary).toContain('is excluded');
    const other = await start({ exclude: { pods: [] } });
    expect(name(other.byIp('10.3.4.1'))).toBe('jaeger-agent-x');
  });

  it('is found by each of its addresses in a dual-stack cluster', async () => {
    await createPod(client, {
      namespace: 'shop',
      name: 'dual',
      status: { podIPs: ['10.3.5.1', 'fd00::51'] },
    });
    const one = await start();
    expect(name(one.byIp('10.3.5.1'))).toBe('dual');
    expect(name(one.byIp('fd00::51'))).toBe('dual');
  });

  it('is one of those that the filters let in', async () => {
    await Promise.all([
      createPod(client, {
        namespace: 'shop',
        name: 'f1',
        labels: { app: 'web' },
        nodeName: 'node-a',
        status: { podIP: '10.3.6.1', phase: 'Running' },
      }),
      createPod(client, {
        namespace: 'shop',
        name: 'f2',
        labels: { app: 'job' },
        nodeName: 'node-b',
        status: { podIP: '10.3.6.2', phase: 'Failed' },
      }),
      createPod(client, {
        namespace: 'other',
        name: 'f3',
        nodeName: 'node-a',
        status: { podIP: '10.3.6.3', phase: 'Running' },
      }),
    ]);
    const known = async (filter: object, env: NodeJS.ProcessEnv = {}): Promise<unknown[]> => {
      const one = await start({ filter }, env);
      return [1, 2, 3].filter((pod) => one.byIp(`10.3.6.${pod}`) !== undefined);
    };
    expect(await known({})).toEqual([1, 2, 3]);
    expect(await known({ namespace: 'shop' })).toEqual([1, 2]);
    expect(await known({ node: 'node-a' })).toEqual([1, 3]);
    expect(await known({ nodeFromEnvVar: 'KUBE_NODE_NAME' }, { KUBE_NODE_NAME: 'node-b' })).toEqual([2]);
    expect(await known({ labels: [{ key: 'app', value: 'web' }] })).toEqual([1]);
    expect(await known({ labels: [{ key: 'app', value: 'web', op: 'not-equals' }] })).toEqual([2, 3]);
    expect(await known({ labels: [{ key: 'app', op: 'exists' }] })).toEqual([1, 2]);
    expect(await known({ labels: [{ key: 'app', op: 'does-not-exist' }] })).toEqual([3]);
    expect(await known({ fields: [{ key: 'status.phase', value: 'Failed' }] })).toEqual([2]);
    expect(
      await known({ fields: [{ key: 'status.phase', value: 'Failed', op: 'not-equals' }], node: 'node-a' }),
    ).toEqual([1, 3]);
  });

  it('lists only its own node when it is an agent', async () => {
    const one = await start({ filter: { nodeFromEnvVar: 'KUBE_NODE_NAME' } }, { KUBE_NODE_NAME: 'node-a' });
    expect(one.watch('nodes').objects).toBe(1);
    expect(
      () => new RunningSource(server.kubeconfig(), { filter: { nodeFromEnvVar: 'KUBE_NODE_NAME' } }),
    ).toThrow(/filter\.nodeFromEnvVar: got "KUBE_NODE_NAME", expected the name of a variable that is set/);
  });

  it('is one of maxPods at most: a deleted one makes room, and what is left out is said', async () => {
    await createNamespace(client, { name: 'full' });
    for (const [index, pod] of ['a', 'b'].entries()) {
      await createPod(client, { namespace: 'full', name: pod, status: { podIP: `10.3.20.${index + 1}` } });
    }
    const one = await start({ maxPods: 2, filter: { namespace: 'full' } });
    await createPod(client, { namespace: 'full', name: 'c', status: { podIP: '10.3.20.3' } });
    await one.until('one is left out', ({ source }) => source.state.leftOut.pod_table_full > 0);
    expect(one.warnings().join('\n')).toContain('more than 2 pods: the others get no metadata (maxPods)');
    expect([1, 2, 3].map((host) => name(one.byIp(`10.3.20.${host}`)))).toEqual(['a', 'b', undefined]);
    await client.delete(podPath('full', 'a'));
    await createPod(client, { namespace: 'full', name: 'd', status: { podIP: '10.3.20.4' } });
    await one.until('the new one is known', () => name(one.byIp('10.3.20.4')) === 'd');
    expect(one.source.state.pods).toBe(2);
  });

  it('stays known for the grace period after it was deleted, unless its address has a new pod', async () => {
    await createPod(client, {
      namespace: 'shop',
      name: 'short',
      status: { podIP: '10.3.7.1', startTime: '2026-01-02T03:04:05Z' },
    });
    await createPod(client, {
      namespace: 'shop',
      name: 'reused',
      status: { podIP: '10.3.7.2', startTime: '2026-01-02T03:04:05Z' },
    });
    const one = await start({ podDeleteGracePeriod: '30s' });
    await client.delete(podPath('shop', 'short'));
    await client.delete(podPath('shop', 'reused'));
    await one.until('the deletions came', ({ source }) => source.state.deletedPods === 2);
    expect(name(one.byIp('10.3.7.1'))).toBe('short');
    expect(name(one.byIp('10.3.7.2'))).toBe('reused');
    // The new pod's status has an address before the kubelet gives it a start time.
    await createPod(client, { namespace: 'shop', name: 'successor', status: { podIP: '10.3.7.2' } });
    await one.until('the address changed hands', () => name(one.byIp('10.3.7.2')) === 'successor');
    // It is looked every second whether somebody's time has come.
    await sleep(1500);
    expect(name(one.byIp('10.3.7.1'))).toBe('short');
    await one.until('the deleted are forgotten', ({ source }) => source.state.deletedPods === 0);
    expect(one.byIp('10.3.7.1')).toBeUndefined();
    expect(name(one.byIp('10.3.7.2'))).toBe('successor');
  });

  it('is not a pod that has ended when another one has its address', async () => {
    await createPod(client, {
      namespace: 'shop',
      name: 'lives',
      status: { podIP: '10.3.8.1', phase: 'Running', startTime: '2026-01-02T03:04:05Z' },
    });
    await createPod(client, {
      namespace: 'shop',
      name: 'ended',
      status: { podIP: '10.3.8.1', phase: 'Succeeded', startTime: '2026-01-02T04:04:05Z' },
    });
    const one = await start();
    expect(name(one.byIp('10.3.8.1'))).toBe('lives');
  });

  it('has the container that the resource names, by name or id, or its only one', async () => {
    const pod = await createPod(client, {
      namespace: 'shop',
      name: 'two',
      containers: [
        { name: 'app', image: 'shop/app:1' },
        { name: 'proxy', image: 'mesh/proxy:2' },
      ],
      status: {
        podIP: '10.3.9.1',
        containers: [
          { name: 'app', containerId: 'containerd://id-app', restartCount: 1 },
          { name: 'proxy', containerId: 'containerd://id-proxy' },
        ],
      },
    });
    const one = await start({
      extract: { metadata: ['k8s.container.name', 'container.id', 'container.image.name'] },
    });
    const uid = { 'k8s.pod.uid': pod.metadata.uid ?? '' };
    expect(one.find(uid)).toEqual({});
    const proxy = {
      'k8s.container.name': 'proxy',
      'container.id': 'id-proxy',
      'container.image.name': 'mesh/proxy',
    };
    expect(one.find({ ...uid, 'k8s.container.name': 'proxy' })).toEqual(proxy);
    expect(one.find({ ...uid, 'container.id': 'id-proxy' })).toEqual(proxy);
    const app = { 'k8s.container.name': 'app', 'container.image.name': 'shop/app' };
    expect(one.find({ ...uid, 'k8s.container.name': 'app', 'k8s.container.restart_count': '1' })).toEqual({
      ...app,
      'container.id': 'id-app',
    });
    // An earlier run, whose id the API server has forgotten.
    expect(one.find({ ...uid, 'k8s.container.name': 'app', 'k8s.container.restart_count': '0' })).toEqual(
      app,
    );
    expect(one.find({ ...uid, 'k8s.container.name': 'neither' })).toEqual({});
  });

  it('can be none at all: what the resource names is still described', async () => {
    const one = await start({
      extract: {
        metadata: ['k8s.node.uid', 'service.namespace'],
        labels: [
          { key: 'stage', from: 'namespace' },
          { key: 'rack', from: 'node', tagName: 'rack' },
        ],
      },
    });
    const node = await client.get('/api/v1/nodes/node-a');
    expect(one.find({ 'k8s.node.name': 'node-a' })).toEqual({
      'k8s.node.uid': node.metadata.uid,
      rack: 'r1',
    });
    expect(one.find({ 'k8s.namespace.name': 'shop' })).toEqual({
      'k8s.namespace.label.stage': 'production',
      'service.namespace': 'shop',
    });
  });

  it('takes labels and annotations by key and by pattern, from every kind of object', async () => {
    await createPod(client, {
      namespace: 'shop',
      name: 'labelled',
      nodeName: 'node-a',
      labels: { 'app.kubernetes.io/name': 'name', 'app.kubernetes.io/instance': 'instance', tier: 'front' },
      annotations: {
        'resource.opentelemetry.io/service.version': '7',
        'config.example/a': '1',
        'config.example/b': '2',
        'trace.io/criticality': 'vital',
        big: 'x'.repeat(2000),
      },
      status: { podIP: '10.3.10.1' },
    });
    const one = await start({
      extract: {
        metadata: ['service.name', 'service.version'],
        labels: [
          { key: 'tier' },
          { keyRegex: 'app.kubernetes.io/(?<what>.*)', tagName: 'app.${what}' },
          { key: 'rack', from: 'node' },
        ],
        annotations: [{ keyRegex: 'config\\.example/(.*)', tagName: 'config.$1' }, { key: 'big' }],
      },
    });
    expect(one.byIp('10.3.10.1')).toEqual({
      'service.name': 'instance',
      'service.version': '7',
      'k8s.pod.label.tier': 'front',
      'app.name': 'name',
      'app.instance': 'instance',
      'k8s.node.label.rack': 'r1',
      'config.a': '1',
      'config.b': '2',
    });
    expect(one.source.state.leftOut).toMatchObject({ value_too_long: 1, invalid_annotation: 1 });
    expect(one.warnings().join('\n')).toContain('trace.io/criticality has a value that cannot be used');
  });

  it('is explained', async () => {
    await createPod(client, { namespace: 'shop', name: 'why', status: { podIP: '10.3.11.1' } });
    const one = await start();
    expect(one.source.explain('10.3.11.1')).toMatchObject({
      rule: 'k8s.pod.ip',
      attributes: { 'k8s.pod.name': 'why' },
      pods: [{ namespace: 'shop', name: 'why', state: 'running', hostNetwork: false, excluded: false }],
    });
    // a watch that the API server has just ended is connecting for a moment
    await one.until('the pods are watched', () => one.watch('pods').watch.phase === 'watching');
    expect(one.source.explain('10.99.0.1').summary).toMatch(
      /^nothing is added: no pod has this address; \d+ pods known, last heard of the API server \d+ s ago, watching$/,
    );
    await setPodStatus(client, 'shop', 'why', { phase: 'Succeeded' });
    await one.until('it has ended', () => one.source.explain('10.3.11.1').pods[0]?.state === 'ended');
  });
});
