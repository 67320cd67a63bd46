import type { FieldOrigin, KubernetesConfig } from '../config/kubernetes-config';
import type { MetadataName } from '../config/metadata-names';
import type { WatchedResource } from './resource';

const GROUP_PATHS = { '': '/api/v1', apps: '/apis/apps/v1', batch: '/apis/batch/v1' } as const;

/** Object kinds with the place of their labels and annotations in the configuration. */
export const WORKLOADS = [
  { name: 'deployments', group: 'apps', origin: 'deployment' },
  { name: 'statefulsets', group: 'apps', origin: 'statefulset' },
  { name: 'daemonsets', group: 'apps', origin: 'daemonset' },
  { name: 'jobs', group: 'batch', origin: 'job' },
  { name: 'cronjobs', group: 'batch', origin: 'cronjob' },
] as const;

const CLUSTER_NAMESPACE = 'kube-system';

/**
 * What must be watched for the attributes that are wanted, and nothing else: each kind costs memory here, load
 * there, and a rule in the cluster role. Pods are always needed; of all other kinds only the metadata.
 * @param node only this node's pods
 */
export function watchedResources(
  { extract, filter }: Pick<KubernetesConfig, 'extract' | 'filter'>,
  node: string | undefined,
): WatchedResource[] {
  const wants = (name: MetadataName): boolean => extract.metadata.includes(name);
  const fieldsOf = (origin: FieldOrigin): boolean =>
    [...extract.labels, ...extract.annotations].some(({ from }) => from === origin);
  const resources = [pods(filter, node)];

  const allNamespaces = fieldsOf('namespace') || wants('k8s.namespace.uid') || extract.traceAnnotations;
  if (allNamespaces || wants('k8s.cluster.uid')) {
    resources.push(named('namespaces', allNamespaces ? undefined : CLUSTER_NAMESPACE));
  }
  if (
    fieldsOf('node') ||
    wants('k8s.node.uid') ||
    wants('cloud.region') ||
    wants('cloud.availability_zone')
  ) {
    resources.push(named('nodes', node));
  }

  const workloads = WORKLOADS.filter(({ origin }) => extract.traceAnnotations || fieldsOf(origin));
  const kinds = new Set<string>(workloads.map(({ name }) => name));
  // A Job's CronJob and a ReplicaSet's Deployment are only known from the one in between.
  if (kinds.has('cronjobs') || wants('k8s.cronjob.uid')) kinds.add('jobs');
  if (kinds.has('deployments') || wants('k8s.deployment.uid')) {
    resources.push(workload('replicasets', 'apps', filter.namespace));
  }
  for (const { name, group } of WORKLOADS) {
    if (kinds.has(name)) resources.push(workload(name, group, filter.namespace));
  }
  return resources;
}

function pods(filter: KubernetesConfig['filter'], node: string | undefined): WatchedResource {
  const fields = filter.fields.map(
    ({ key, value, op }) => key + (op === 'equals' ? '=' : '!=') + escapeField(value),
  );
  if (node !== undefined) fields.push(`spec.nodeName=${escapeField(node)}`);
  const labels = filter.labels.map(({ key, value, op }) => {
    if (op === 'exists') return key;
    return op === 'does-not-exist' ? `!${key}` : key + (op === 'equals' ? '=' : '!=') + value;
  });
  return {
    name: 'pods',
    group: '',
    path: path('', 'pods', filter.namespace),
    metadataOnly: false,
    ...(fields.length === 0 ? {} : { fieldSelector: fields.join(',') }),
    ...(labels.length === 0 ? {} : { labelSelector: labels.join(',') }),
  };
}

function named(name: 'namespaces' | 'nodes', only: string | undefined): WatchedResource {
  return {
    name,
    group: '',
    path: path('', name, undefined),
    metadataOnly: true,
    ...(only === undefined ? {} : { fieldSelector: `metadata.name=${escapeField(only)}` }),
  };
}

function workload(name: string, group: 'apps' | 'batch', namespace: string | undefined): WatchedResource {
  return { name, group, path: path(group, name, namespace), metadataOnly: true };
}

function path(group: keyof typeof GROUP_PATHS, name: string, namespace: string | undefined): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${GROUP_PATHS[group]}${scope}/${name}`;
}

/** k8s.io/apimachinery/pkg/fields.EscapeValue */
function escapeField(value: string): string {
  return value.replace(/[\\,=]/g, (character) => `\\${character}`);
}
