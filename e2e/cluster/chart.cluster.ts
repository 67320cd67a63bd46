import { eventually } from '../support/wait.ts';
import { findTraces, logLines, promQuery, resourcesOfTrace } from './support/backends.ts';
import { CountedLoad } from './support/counted-load.ts';
import { apply, kubectl, namespace } from './support/kubectl.ts';
import { PortForward } from './support/port-forward.ts';
import { helmRelease, rollback, smokeTest, uninstall } from './support/release.ts';
import { receivedAlerts, startWebhookPod } from './support/webhook-pod.ts';

const started = Date.now();
const ofPods = { timeoutMillis: 300_000, intervalMillis: 1000 };
const ofRelease = '--selector=app.kubernetes.io/instance=trace';
const usersPod = expect.stringMatching(/^trace-users-/) as string;
const someName = expect.stringMatching(/./) as string;

beforeAll(async () => {
  // The whole chart keeps to the strictest standard, or its pods are refused.
  const enforced = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: enforced } });
  await startWebhookPod();
});

afterAll(() => {
  PortForward.closeAll();
});

test('helm install --wait is ready within five minutes', async () => {
  const before = Date.now();
  await helmRelease('install');
  console.log(`Ready after ${((Date.now() - before) / 1000).toFixed(0)} s`);
});

test('a trace of the sample services is in Tempo, and its logs are in Loki, with the pod that each comes from', async () => {
  const traceId = await eventually(
    'a trace through gateway and users',
    async () => (await findTraces('{resource.service.name="gateway"} >> {resource.service.name="users"}'))[0],
    ofPods,
  );
  const resources = await resourcesOfTrace(traceId);
  expect(resources).toContainEqual(
    expect.objectContaining({
      'service.name': 'users',
      'service.owner': 'team-accounts',
      'k8s.cluster.name': 'test',
      'k8s.namespace.name': namespace,
      'k8s.deployment.name': 'trace-users',
      'k8s.pod.name': usersPod,
      'k8s.node.name': someName,
    }),
  );
  const lines = await eventually(
    'its log lines',
    async () => {
      const found = await logLines(`{service_name="gateway"} | trace_id="${traceId}"`, started);
      return found.length > 0 ? found : undefined;
    },
    ofPods,
  );
  expect(lines[0]?.labels).toMatchObject({
    k8s_namespace_name: namespace,
    k8s_deployment_name: 'trace-gateway',
    k8s_node_name: someName,
  });
});

test('RED metrics and those of the services are in Prometheus, by pod', async () => {
  const series = await eventually(
    'RED metrics of users',
    async () =>
      (await promQuery('traces_spanmetrics_calls_total{service="users",span_kind="SPAN_KIND_SERVER"}'))[0],
    ofPods,
  );
  expect(series).toMatchObject({
    service_owner: 'team-accounts',
    k8s_namespace_name: namespace,
    k8s_pod_name: usersPod,
    k8s_node_name: someName,
  });
  const own = await eventually(
    'a metric of the service itself',
    async () => (await promQuery('v8js_memory_heap_used_bytes{service_name="users"}'))[0],
    ofPods,
  );
  expect(own).toMatchObject({ k8s_pod_name: usersPod, k8s_cluster_name: 'test' });
});

test('Prometheus reaches every program of the platform', async () => {
  const jobs = await eventually(
    'all targets are up',
    async () => {
      const up = (await promQuery('up == 1')).map(({ job }) => job ?? '').sort();
      return up.length === 6 ? up : undefined;
    },
    ofPods,
  );
  const programs = ['alert-engine', 'enrichment-processor', 'loki', 'otelcol', 'prometheus', 'tempo'];
  expect(jobs).toEqual(programs.map((program) => `trace/${program}`));
});

test('a fault gives a webhook whose labels name service, owner, pod and node', async () => {
  const users = new PortForward('deploy/trace-users', 8081);
  await users.request('/faults', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errorRate: 1, durationSeconds: 60 }),
  });
  const alert = await eventually(
    'PodErrors for users',
    async () =>
      (await receivedAlerts()).find(
        ({ labels }) => labels.alertname === 'PodErrors' && labels.service_name === 'users',
      ),
    ofPods,
  );
  expect(alert.labels).toMatchObject({
    service_owner: 'team-accounts',
    k8s_namespace_name: namespace,
    k8s_pod_name: usersPod,
    k8s_node_name: someName,
  });
});

test('helm test says which hop is broken', async () => {
  await kubectl('scale', 'statefulset/trace-tempo', '--replicas=0');
  await kubectl('wait', '--for=delete', 'pod/trace-tempo-0', '--timeout=2m');
  const { passed, output } = await smokeTest();
  await kubectl('scale', 'statefulset/trace-tempo', '--replicas=1');
  expect(passed).toBe(false);
  expect(output).toMatch(/^FAILED {2}traces: .* Broken: Collector → Tempo: \d+ bytes wait\./m);
  expect(output.match(/^FAILED/gm)).toHaveLength(1);
  await allReady();
});

test('helm test passes within a minute', async () => {
  const before = Date.now();
  const { passed, output } = await smokeTest();
  console.log(output);
  expect(passed).toBe(true);
  expect(output).toMatch(/^ok {6}traces: .*with k8s\.pod\.name, k8s\.namespace\.name, k8s\.node\.name$/m);
  expect(output).toMatch(/^ok {6}alert: .*delivered to webhook$/m);
  expect(Date.now() - before).toBeLessThan(60_000);
});

test('an upgrade with changed values, and going back, lose nothing that was acknowledged', async () => {
  const generation = await generationOf('statefulset/trace-collector');
  await underLoad(async () => {
    await helmRelease('upgrade', 'environment=upgraded', 'tempo.retention=24h', 'prometheus.retention=14d');
    expect(await generationOf('statefulset/trace-collector')).toBeGreaterThan(generation);
    await rollback();
  });
});

test('every pod is deleted once under load, and nothing that was acknowledged is lost', async () => {
  const pods = (await kubectl('get', 'pods', ofRelease, '--output=name')).trim().split('\n');
  expect(pods).toHaveLength(13);
  await underLoad(async () => {
    for (const pod of pods) {
      await kubectl('delete', pod, '--wait=true', '--timeout=3m');
      await allReady();
    }
  });
});

test('helm uninstall leaves the volumes, and nothing else', async () => {
  await uninstall();
  const listable = await kubectl('api-resources', '--verbs=list,delete', '--output=name');
  // Events end by themselves, and volumes are named by their claims.
  const kinds = listable
    .trim()
    .split('\n')
    .filter((kind) => !/^(events|pods\.metrics|persistentvolumes$)/.test(kind));
  const left = await eventually(
    'the pods are gone',
    async () => {
      const names = (await kubectl('get', kinds.join(','), ofRelease, '--output=name')).trim().split('\n');
      return names.some((name) => name.startsWith('pod/')) ? undefined : names.sort();
    },
    ofPods,
  );
  expect(left).toEqual(
    ['alert-engine', 'collector', 'loki', 'nats', 'prometheus', 'tempo'].map(
      (name) => `persistentvolumeclaim/data-trace-${name}-0`,
    ),
  );
  await kubectl('delete', 'namespace', namespace);
});

/** Nothing is lost of what is acknowledged while the work is done. */
async function underLoad(work: () => Promise<void>): Promise<void> {
  const load = new CountedLoad();
  try {
    await work();
  } finally {
    await load.stop();
  }
  const [spans, lines] = [await load.lostSpans(), await load.lostLines()];
  console.log(
    `spans ${JSON.stringify(spans)}, lines ${JSON.stringify(lines)}; refused and sent again: ${load.refusals}`,
  );
  expect(spans.acknowledged).toBeGreaterThan(0);
  expect({ spans: spans.lost, lines: lines.lost }).toEqual({ spans: 0, lines: 0 });
}

async function allReady(): Promise<void> {
  const workloads = await kubectl('get', 'statefulsets,deployments', ofRelease, '--output=name');
  for (const workload of workloads.trim().split('\n')) {
    await kubectl('rollout', 'status', workload, '--timeout=3m');
  }
}

async function generationOf(workload: string): Promise<number> {
  return Number(await kubectl('get', workload, '--output=jsonpath={.metadata.generation}'));
}
