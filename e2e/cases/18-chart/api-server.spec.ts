import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubernetesObject, objectsOf, render } from '../../support/helm.ts';
import { KubeApiServer } from '../../support/kube-api-server.ts';
import { root } from '../../support/paths.ts';
import { valuesFiles } from './values-files.ts';
import { type Workload, workloadsOf } from './workloads.ts';

/** Where objects of a kind are created, in a namespace or in the cluster. */
const PATHS: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/namespaces/trace/configmaps',
  Secret: '/api/v1/namespaces/trace/secrets',
  Service: '/api/v1/namespaces/trace/services',
  ServiceAccount: '/api/v1/namespaces/trace/serviceaccounts',
  Deployment: '/apis/apps/v1/namespaces/trace/deployments',
  StatefulSet: '/apis/apps/v1/namespaces/trace/statefulsets',
  NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/trace/networkpolicies',
  PodDisruptionBudget: '/apis/policy/v1/namespaces/trace/poddisruptionbudgets',
  Ingress: '/apis/networking.k8s.io/v1/namespaces/trace/ingresses',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2/namespaces/trace/horizontalpodautoscalers',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

let server: KubeApiServer;

beforeAll(async () => {
  server = await KubeApiServer.start();
  const enforced = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { metadata: { name: 'trace', labels: enforced } };
  await server.client.create('/api/v1/namespaces', namespace);
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
  return path;
}

test.each(valuesFiles)(
  'a real API server takes every object of %s, and each pod as restricted',
  async (_, values) => {
    const manifests = render('--values', values);
    for (const object of objectsOf(manifests)) {
      // Of a CRD that is not there; renders.spec.ts compares it.
      if (object.kind !== 'ServiceMonitor') await dryRun(pathOf(object), object);
    }
    for (const { metadata, spec } of workloadsOf(manifests)) {
      // Its controller adds the volume of the claim; a pod has to have it by itself.
      const claims = (spec.volumeClaimTemplates ?? []).map(() => ({ name: 'data', emptyDir: {} }));
      const { template } = spec;
      const pod = { ...template.spec, volumes: [...template.spec.volumes, ...claims] };
      await dryRun('/api/v1/namespaces/trace/pods', {
        metadata: { ...template.metadata, name: metadata.name },
        spec: pod,
      });
    }
  },
);

test.each(globSync('k8s/examples/*.yaml', { cwd: root }).sort())('%s is applied', async (file) => {
  for (const object of objectsOf(readFileSync(join(root, file), 'utf8'))) {
    await dryRun(pathOf(object), object);
    await server.client.create(pathOf(object), object);
    if (object.kind !== 'Deployment') continue;
    const { template } = (object as Workload).spec;
    await dryRun('/api/v1/namespaces/trace/pods', {
      metadata: { ...template.metadata, name: object.metadata.name },
      spec: template.spec,
    });
  }
});

test('what is not restricted is refused', async () => {
  const [workload] = workloadsOf(render());
  const { template } = workload!.spec;
  const { securityContext, ...spec } = template.spec;
  expect(securityContext).toBeDefined();
  const pod = {
    metadata: { name: 'lax' },
    spec: { ...spec, volumes: [...spec.volumes, { name: 'data', emptyDir: {} }] },
  };
  await expect(dryRun('/api/v1/namespaces/trace/pods', pod)).rejects.toThrow(/violates PodSecurity/);
});
