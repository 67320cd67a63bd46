import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubernetesObject, objectsOf, render } from '../../support/helm.ts';
import { KubeApiServer } from '../../support/kube-api-server.ts';
import { root } from '../../support/paths.ts';
import { valuesFiles } from './values-files.ts';
import { type Workload, workloadsOf } from './workloads.ts';

/** Where objects of a kind are created, in a namespace (`*`) or in the cluster. */
const PATHS: Readonly<Record<string, string>> = {
  Pod: '/api/v1/namespaces/*/pods',
  Namespace: '/api/v1/namespaces',
  ConfigMap: '/api/v1/namespaces/*/configmaps',
  Secret: '/api/v1/namespaces/*/secrets',
  Service: '/api/v1/namespaces/*/services',
  ServiceAccount: '/api/v1/namespaces/*/serviceaccounts',
  Deployment: '/apis/apps/v1/namespaces/*/deployments',
  StatefulSet: '/apis/apps/v1/namespaces/*/statefulsets',
  DaemonSet: '/apis/apps/v1/namespaces/*/daemonsets',
  NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/*/networkpolicies',
  PodDisruptionBudget: '/apis/policy/v1/namespaces/*/poddisruptionbudgets',
  Ingress: '/apis/networking.k8s.io/v1/namespaces/*/ingresses',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2/namespaces/*/horizontalpodautoscalers',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

let server: KubeApiServer;

beforeAll(async () => {
  server = await KubeApiServer.start();
  const enforced = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { metadata: { name: 'trace', labels: enforced } };
  await server.client.create('/api/v1/namespaces', namespace);
  // The chart's own, as the chart makes it.
  await server.client.create('/api/v1/namespaces', agentNamespace());
  // That of ci/agent.yaml, as somebody has to make it.
  const { labels } = agentNamespace().metadata;
  await server.client.create('/api/v1/namespaces', { metadata: { name: 'node-agents', labels } });
});

afterAll(async () => {
  await server.stop();
});

/** All admission and validation, nothing stored; unknown and duplicate fields are errors. */
async function dryRun(path: string, object: object): Promise<void> {
  await server.client.create(`${path}?dryRun=All&fieldValidation=Strict`, object);
}

function pathOf({ kind, metadata }: KubernetesObject): string {
  const path = PATHS[kind];
  if (path === undefined) throw new Error(`${metadata.name}: where does a ${kind} belong?`);
  return path.replace('*', metadata.namespace ?? 'trace');
}

function agentNamespace(): KubernetesObject {
  return objectsOf(render()).find(({ kind }) => kind === 'Namespace')!;
}

/** The pod that a workload's controller would make. */
async function dryRunPod(
  { metadata, spec }: Workload,
  namespace = metadata.namespace ?? 'trace',
): Promise<void> {
  // Its controller adds the volume of the claim; a pod has to have it by itself.
  const claims = (spec.volumeClaimTemplates ?? []).map(() => ({ name: 'data', emptyDir: {} }));
  const { template } = spec;
  const { volumes = [] } = template.spec;
  const pod = { ...template.spec, volumes: [...volumes, ...claims] };
  await dryRun(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: { ...template.metadata, name: metadata.name },
    spec: pod,
  });
}

test.each(valuesFiles)(
  'a real API server takes every object of %s, and each pod as its namespace wants it',
  async (_, values) => {
    const manifests = render('--values', values);
    for (const object of objectsOf(manifests)) {
      // A namespace that is there already cannot be created again; of a CRD that is not there renders.spec.ts looks.
      if (!['Namespace', 'ServiceMonitor'].includes(object.kind)) await dryRun(pathOf(object), object);
    }
    for (const workload of workloadsOf(manifests)) await dryRunPod(workload);
  },
);

test('of the agent the restricted standard refuses its user and the files of the node, and nothing else', async () => {
  const agent = workloadsOf(render()).find(({ kind }) => kind === 'DaemonSet')!;
  const refusal = await dryRunPod(agent, 'trace').catch(String);
  expect(refusal).toContain('violates PodSecurity');
  const [, reasons = ''] = /\\?"restricted:latest\\?": (.*?)(?:","|\n|$)/.exec(refusal ?? '') ?? [];
  const kinds = reasons.match(/restricted volume types|runAsUser=0|\w+ != \w+/g) ?? [];
  expect([...new Set(kinds)]).toEqual(['restricted volume types', 'runAsNonRoot != true', 'runAsUser=0']);
});

test.each(globSync('k8s/examples/*.yaml', { cwd: root }).sort())('%s is applied', async (file) => {
  for (const object of objectsOf(readFileSync(join(root, file), 'utf8'))) {
    await dryRun(pathOf(object), object);
    await server.client.create(pathOf(object), object);
    if (object.kind !== 'Deployment') continue;
    await dryRunPod(object as Workload);
  }
});

test('what is not restricted is refused', async () => {
  const workload = workloadsOf(render()).find(({ kind }) => kind === 'StatefulSet');
  const { template } = workload!.spec;
  const { securityContext, volumes = [], ...spec } = template.spec;
  expect(securityContext).toBeDefined();
  const pod = {
    metadata: { name: 'lax' },
    spec: { ...spec, volumes: [...volumes, { name: 'data', emptyDir: {} }] },
  };
  await expect(dryRun('/api/v1/namespaces/trace/pods', pod)).rejects.toThrow(/violates PodSecurity/);
});
