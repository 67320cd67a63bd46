import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrichmentProcessor } from '../../../launcher/src/programs/apps.ts';
import { chart, component, helm, type KubernetesObject, objectsOf, render } from '../../support/helm.ts';
import { root } from '../../support/paths.ts';
import { type Workload, workloadsOf } from './workloads.ts';

/** What a DaemonSet has one pod on each of. */
const NODES = 1;
const MEBIBYTES: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024 };

const readme = readFileSync(join(root, 'charts/trace/README.md'), 'utf8').replaceAll(/\s+/g, ' ');

interface ConfigMap extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}

interface ClusterRole extends KubernetesObject {
  readonly rules: readonly object[];
}

describe('every pod of everything', () => {
  const manifests = render('--set=sampleServices.enabled=true');
  const workloads = workloadsOf(manifests);
  const byName = workloads.map((workload): [string, Workload] => [component(workload), workload]);

  test('there are as many as there should be', () => {
    expect(workloads).toHaveLength(15);
  });

  test('together they request less than 4 GiB of memory', () => {
    const requests = workloads.flatMap(({ spec: { replicas, template } }) =>
      template.spec.containers.map(({ resources }) => {
        const [, number, unit = ''] = /^(\d+)(Mi|Gi)$/.exec(resources.requests.memory) ?? [];
        return Number(number) * (MEBIBYTES[unit] ?? NaN) * (replicas ?? NODES);
      }),
    );
    const sum = requests.reduce((total, each) => total + each, 0);
    console.log(`Memory requests: ${sum} MiB`);
    expect(sum).toBeLessThan(4096);
    expect(readme).toContain(`request ${sum.toLocaleString('en')} MiB of memory`);
  });

  test('the README says how large their volumes are', () => {
    const sizes = workloads.flatMap(({ spec: { replicas, volumeClaimTemplates = [] } }) =>
      volumeClaimTemplates.map(
        ({ spec }) => Number(spec.resources.requests.storage.replace('Gi', '')) * (replicas ?? NODES),
      ),
    );
    const sum = sizes.reduce((total, each) => total + each, 0);
    const numbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
    expect(readme).toContain(
      `${sum} GiB in ${numbers[sizes.length] ?? sizes.length} \`ReadWriteOnce\` volumes`,
    );
  });

  test.each(byName)(
    '%s keeps to the restricted Pod Security Standard, and its root is read-only',
    (name, { spec }) => {
      const isAgent = name === 'agent';
      const pod = spec.template.spec;
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: !isAgent,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { securityContext } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
      const hostPaths = (pod.volumes ?? []).filter((volume) => 'hostPath' in volume);
      expect(hostPaths).toHaveLength(isAgent ? 3 : 0);
      expect(pod.automountServiceAccountToken).toBe(false);
    },
  );

  test.each(byName)('%s says its service.name, and has the recommended labels', (name, { spec }) => {
    const { labels, annotations } = spec.template.metadata;
    expect(annotations['resource.opentelemetry.io/service.name']).toBe(name);
    expect(labels).toMatchObject({
      'app.kubernetes.io/name': 'trace',
      'app.kubernetes.io/instance': 'trace',
      'app.kubernetes.io/component': name,
      'app.kubernetes.io/part-of': 'trace',
      'app.kubernetes.io/managed-by': 'Helm',
    });
  });

  test.each(byName.filter(([name]) => name !== 'load'))('%s has probes', (_, { spec }) => {
    for (const container of spec.template.spec.containers) {
      expect(Object.keys(container)).toEqual(expect.arrayContaining(['readinessProbe', 'livenessProbe']));
    }
  });

  test('only the enrichment processor and the agent get a token of the API server', () => {
    const withToken = workloads.flatMap(({ spec }) =>
      spec.template.spec.containers
        .filter(({ volumeMounts }) =>
          volumeMounts.some(({ mountPath }) => mountPath.startsWith('/var/run/secrets/kubernetes.io')),
        )
        .map(({ name }) => name),
    );
    expect(withToken.sort()).toEqual(['agent', 'enrichment-processor']);
  });

  test('each has a disruption budget, but for what a drain of a node leaves alone', () => {
    const budgets = objectsOf(manifests).filter(({ kind }) => kind === 'PodDisruptionBudget');
    const drained = workloads.filter(({ kind }) => kind !== 'DaemonSet');
    expect(budgets.map(component).sort()).toEqual(drained.map(component).sort());
  });

  test('the agent has the rights that docs/kubernetes.md lists, and sees of the node what is said there', () => {
    const roles = objectsOf(manifests).filter(
      (object): object is ClusterRole => object.kind === 'ClusterRole' && component(object) === 'agent',
    );
    expect(roles.map(({ rules }) => rules)).toEqual([
      [{ apiGroups: [''], resources: ['nodes/stats'], verbs: ['get'] }],
    ]);
    const { volumes = [], containers } = byName.find(([name]) => name === 'agent')![1].spec.template.spec;
    const paths = volumes.flatMap((volume) => ('hostPath' in volume ? [volume.hostPath] : []));
    expect(paths).toEqual([
      { path: '/var/log/pods', type: 'Directory' },
      { path: '/proc/1/net', type: 'Directory' },
      { path: '/var/lib/trace-trace-agent', type: 'DirectoryOrCreate' },
    ]);
    const writable = containers[0]?.volumeMounts.filter(({ readOnly }) => readOnly !== true);
    expect(writable).toEqual([{ name: 'data', mountPath: '/var/lib/otelcol' }]);
  });

  test('the agent leaves out what is about the road of logs, what is sent by OTLP, and what the values name', () => {
    const rendered = render(
      '--set=sampleServices.enabled=true,agent.logs.exclude={shop/*/*,*/*/istio-proxy}',
    );
    const agent = workloadsOf(rendered).find((workload) => component(workload) === 'agent');
    const { value } = agent!.spec.template.spec.containers[0]!.env!.find(
      ({ name }) => name === 'TRACE_EXCLUDED_POD_LOGS',
    )!;
    expect(JSON.parse(value ?? '')).toEqual([
      '/var/log/pods/trace-agent_trace-agent-*_*/*/*',
      ...['collector', 'loki', 'alert-engine'].map((name) => `/var/log/pods/trace_trace-${name}-*_*/*/*`),
      ...['consumer', 'gateway', 'load', 'orders', 'payments', 'producer', 'users'].map(
        (name) => `/var/log/pods/trace_trace-${name}-*_*/*/*`,
      ),
      '/var/log/pods/shop_*_*/*/*',
      '/var/log/pods/*_*_*/istio-proxy/*',
    ]);
  });

  test('the Collector, the backends and Grafana read the files that they read locally', () => {
    const maps = objectsOf(manifests).filter((object): object is ConfigMap => object.kind === 'ConfigMap');
    const inChart = (name: string): ConfigMap['data'] =>
      maps.find(({ metadata }) => metadata.name === name)?.data ?? {};
    const inCheckout = (file: string): string => readFileSync(join(root, file), 'utf8').trim();
    const layers = Object.entries(inChart('trace-collector'));
    expect(layers.map(([file]) => file)).toEqual(
      [
        ...['base', 'ingest', 'ingest-agents', 'fan-out'],
        ...['tempo', 'loki', 'prometheus', 'alert-engine', 'kubernetes'],
      ].map((layer) => `${layer}.yaml`),
    );
    const ofAgent = Object.entries(inChart('trace-agent'));
    expect(ofAgent.map(([file]) => file)).toEqual(['base.yaml', 'agent.yaml', 'kubelet.yaml']);
    for (const [file, text] of [...layers, ...ofAgent])
      expect(text.trim()).toBe(inCheckout(`otel-collector/${file}`));
    for (const name of ['tempo', 'loki']) {
      const text = inChart(`trace-${name}`)[`${name}.yaml`] ?? '';
      expect(text.trim()).toBe(inCheckout(`backends/${name}/${name}.yaml`));
    }
    const dashboards = Object.entries(inChart('trace-grafana-dashboards'));
    expect(dashboards.length).toBeGreaterThan(5);
    for (const [file, text] of dashboards) {
      expect(text.trim()).toBe(inCheckout(`backends/grafana/dashboards/${file}`));
    }
  });
});

test('the longest name of a release leaves room for what Kubernetes adds to it', () => {
  const release = 'a'.repeat(53);
  const { status, stdout } = helm('template', release, chart, '--set=sampleServices.enabled=true');
  expect(status).toBe(0);
  // A Service's name is one of DNS; a StatefulSet's pods have a label `<its name>-<ten characters>`.
  const limits = new Map([
    ['Service', 63],
    ['StatefulSet', 63 - 11],
  ]);
  const tooLong = objectsOf(stdout)
    .filter(({ kind, metadata: { name } }) => name.length > (limits.get(kind) ?? 253))
    .map(({ kind, metadata: { name } }) => `${kind} ${name}`);
  expect(tooLong).toEqual([]);
});

test('a changed configuration is a new pod, an unchanged one is not', () => {
  const checksum = (...args: readonly string[]): Readonly<Record<string, string | undefined>> =>
    Object.fromEntries(
      workloadsOf(render(...args)).map((workload) => [
        component(workload),
        workload.spec.template.metadata.annotations['checksum/config'],
      ]),
    );
  const before = checksum();
  const after = checksum('--set=alertEngine.config.log.level=debug');
  expect(after['alert-engine']).not.toBe(before['alert-engine']);
  expect(after.collector).toBe(before.collector);
});

test('with a database the alert engine has no volume, no file, and the address by reference only', () => {
  const rendered = (...args: string[]): string[] => {
    const manifests = render(...args);
    const config = objectsOf(manifests).find(
      (object): object is ConfigMap =>
        object.kind === 'ConfigMap' && object.metadata.name === 'trace-alert-engine',
    );
    const workload = workloadsOf(manifests).find((each) => component(each) === 'alert-engine');
    return [workload, config].map((object) => JSON.stringify(object));
  };
  const [before = '', configBefore = ''] = rendered();
  expect(before).toContain('/var/lib/trace');
  expect(before).toContain('volumeClaimTemplates');
  expect(before).toContain('"kind":"StatefulSet"');
  expect(before).not.toContain('TRACE_ALERT_DATABASE_URL');
  expect(configBefore).toContain('/var/lib/trace/state.sqlite');

  const [after = '', config = ''] = rendered('--set=alertEngine.database.existingSecret=db');
  expect(after).not.toContain('/var/lib/trace');
  expect(after).not.toContain('volumeClaimTemplates');
  expect(after).toContain('"kind":"Deployment"');
  expect(after).toContain(
    '{"name":"TRACE_ALERT_DATABASE_URL","valueFrom":{"secretKeyRef":{"name":"db","key":"url"}}}',
  );
  expect(config).not.toContain('state.sqlite');
  expect(config).toContain('${env:TRACE_ALERT_DATABASE_URL:-}');
});

test('the image runs the enrichment processor with the flags of the local run', () => {
  const { args } = enrichmentProcessor.command({ root: '/app', home: '', executable: 'node' });
  const flags = args.filter((arg) => arg.startsWith('--'));
  const entrypoint = ['/usr/local/bin/node', ...flags, 'dist/main.js'];
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  expect(dockerfile).toContain(`ENTRYPOINT [${entrypoint.map((each) => JSON.stringify(each)).join(', ')}]`);
});
