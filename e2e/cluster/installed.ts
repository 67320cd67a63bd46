import { eventually } from '../support/wait.ts';
import { findTraces, logLines, promQuery, resourcesOfTrace } from './support/backends.ts';
import { kubectl, namespace } from './support/kubectl.ts';
import { PortForward } from './support/port-forward.ts';
import { allReady, helmRelease, ofPods, smokeTest } from './support/release.ts';
import { receivedAlerts } from './support/webhook-pod.ts';

const started = Date.now();
const usersPod = expect.stringMatching(/^trace-users-/) as string;
const someName = expect.stringMatching(/./) as string;

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

test('the heartbeat arrives', async () => {
  await eventually(
    'Watchdog',
    async () => (await receivedAlerts()).find(({ labels }) => labels.alertname === 'Watchdog'),
    ofPods,
  );
});

test.each([
  ['statefulset/trace-collector', 'enrichment-processor'],
  ['statefulset/trace-alert-engine', 'alert-engine'],
  ['deployment/trace-gateway', 'gateway'],
])(
  'kubectl logs %s is one JSON line an event, and begins with version and settings',
  async (workload, container) => {
    const text = await kubectl('logs', workload, '--container', container);
    const [first, ...rest] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ version: someName, settings: expect.anything() as unknown });
    for (const line of rest) expect(line).toMatchObject({ level: someName, time: someName, msg: someName });
  },
);

test('helm test passes within a minute', async () => {
  const before = Date.now();
  const { passed, output } = await smokeTest();
  console.log(output);
  expect(passed).toBe(true);
  expect(output).toMatch(/^ok {6}traces: .*with k8s\.pod\.name, k8s\.namespace\.name, k8s\.node\.name$/m);
  expect(output).toMatch(/^ok {6}alert: .*delivered to webhook$/m);
  expect(Date.now() - before).toBeLessThan(60_000);
});

test('helm test says which hop is broken, and passes once it is mended', async () => {
  await kubectl('scale', 'statefulset/trace-tempo', '--replicas=0');
  await kubectl('wait', '--for=delete', 'pod/trace-tempo-0', '--timeout=2m');
  const { passed, output } = await smokeTest();
  await kubectl('scale', 'statefulset/trace-tempo', '--replicas=1');
  expect(passed).toBe(false);
  expect(output).toMatch(/^FAILED {2}traces: .* Broken: Collector → Tempo: \d+ bytes wait\./m);
  expect(output.match(/^FAILED/gm)).toHaveLength(1);
  await allReady();
  // The Collector's gRPC client may wait for up to two minutes before it tries Tempo again.
  await eventually('helm test passes', async () => (await smokeTest()).passed || undefined, ofPods);
});
