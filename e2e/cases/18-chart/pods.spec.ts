import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrichmentProcessor } from '../../../launcher/src/programs/apps.ts';
import { chart, component, helm, type KubernetesObject, objectsOf, render } from '../../support/helm.ts';
import { root } from '../../support/paths.ts';
import { type Workload, workloadsOf } from './workloads.ts';

const MEBIBYTES: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024 };

const readme = readFileSync(join(root, 'charts/trace/README.md'), 'utf8').replaceAll(/\s+/g, ' ');

interface ConfigMap extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}

describe('every pod of everything', () => {
  const manifests = render('--set=sampleServices.enabled=true');
  const workloads = workloadsOf(manifests);
  const byName = workloads.map((workload): [string, Workload] => [component(workload), workload]);

  test('there are as many as there should be', () => {
    expect(workloads).toHaveLength(14);
  });

  test('together they request less than 4 GiB of memory', () => {
    const requests = workloads.flatMap(({ spec: { replicas, template } }) =>
      template.spec.containers.map(({ resources }) => {
        const [, number, unit = ''] = /^(\d+)(Mi|Gi)$/.exec(resources.requests.memory) ?? [];
        return Number(number) * (MEBIBYTES[unit] ?? NaN) * replicas;
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
        ({ spec }) => Number(spec.resources.requests.storage.replace('Gi', '')) * replicas,
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
    (_, { spec }) => {
      const pod = spec.template.spec;
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { securityContext } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
      const hostPaths = pod.volumes.filter((volume) => 'hostPath' in volume);
      expect(hostPaths).toEqual([]);
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

  test('only the enrichment processor gets a token of the API server', () => {
    const withToken = workloads.flatMap(({ spec }) =>
      spec.template.spec.containers
        .filter(({ volumeMounts }) =>
          volumeMounts.some(({ mountPath }) => mountPath.startsWith('/var/run/secrets/kubernetes.io')),
        )
        .map(({ name }) => name),
    );
    expect(withToken).toEqual(['enrichment-processor']);
  });

  test('each has a disruption budget', () => {
    const budgets = objectsOf(manifests).filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budgets.map(component).sort()).toEqual(workloads.map(component).sort());
  });

  test('the Collector, the backends and Grafana read the files that they read locally', () => {
    const maps = objectsOf(manifests).filter((object): object is ConfigMap => object.kind === 'ConfigMap');
    const inChart = (name: string): ConfigMap['data'] =>
      maps.find(({ metadata }) => metadata.name === name)?.data ?? {};
    const inCheckout = (file: string): string => readFileSync(join(root, file), 'utf8').trim();
    const layers = Object.entries(inChart('trace-collector'));
    expect(layers.map(([file]) => file)).toEqual(
      ['base', 'ingest', 'fan-out', 'tempo', 'loki', 'prometheus', 'alert-engine', 'kubernetes'].map(
        (layer) => `${layer}.yaml`,
      ),
    );
    for (const [file, text] of layers) expect(text.trim()).toBe(inCheckout(`otel-collector/${file}`));
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

test('the image runs the enrichment processor with the flags of the local run', () => {
  const { args } = enrichmentProcessor.command({ root: '/app', home: '', executable: 'node' });
  const flags = args.filter((arg) => arg.startsWith('--'));
  const entrypoint = ['/usr/local/bin/node', ...flags, 'dist/main.js'];
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  expect(dockerfile).toContain(`ENTRYPOINT [${entrypoint.map((each) => JSON.stringify(each)).join(', ')}]`);
});
