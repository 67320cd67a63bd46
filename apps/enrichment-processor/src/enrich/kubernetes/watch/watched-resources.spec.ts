import { kubernetesSchema } from '../config/kubernetes-config';
import { watchedResources } from './watched-resources';

const names = (extract: object, filter: object = {}): string[] =>
  watchedResources(
    kubernetesSchema.parse({ extract: { traceAnnotations: false, ...extract }, filter }),
    undefined,
  ).map(({ name, fieldSelector }) => (fieldSelector === undefined ? name : `${name} ${fieldSelector}`));

describe('what is watched', () => {
  it('is pods alone when nothing else is needed', () => {
    expect(names({ metadata: ['k8s.pod.name', 'service.name', 'k8s.node.name'] })).toEqual(['pods']);
  });

  it('derives the names of Deployments and CronJobs, and looks up only their uids', () => {
    expect(names({ metadata: ['k8s.deployment.name', 'k8s.cronjob.name'] })).toEqual(['pods']);
    expect(names({ metadata: ['k8s.deployment.uid'] })).toEqual(['pods', 'replicasets']);
    expect(names({ metadata: ['k8s.cronjob.uid'] })).toEqual(['pods', 'jobs']);
  });

  it('is one namespace for the identity of the cluster', () => {
    expect(names({ metadata: ['k8s.cluster.uid'] })).toEqual([
      'pods',
      'namespaces metadata.name=kube-system',
    ]);
    expect(names({ metadata: ['k8s.cluster.uid', 'k8s.namespace.uid'] })).toEqual(['pods', 'namespaces']);
  });

  it.each([
    ['namespace', ['namespaces']],
    ['node', ['nodes']],
    ['deployment', ['replicasets', 'deployments']],
    ['statefulset', ['statefulsets']],
    ['daemonset', ['daemonsets']],
    ['job', ['jobs']],
    ['cronjob', ['jobs', 'cronjobs']],
  ])('has what the labels of a %s need', (from, resources) => {
    expect(names({ metadata: [], labels: [{ key: 'a', from }] })).toEqual(['pods', ...resources]);
  });

  it('is everything for trace.io annotations', () => {
    expect(names({ metadata: [], traceAnnotations: true }).toSorted()).toEqual(
      [
        'pods',
        'namespaces',
        'replicasets',
        'deployments',
        'statefulsets',
        'daemonsets',
        'jobs',
        'cronjobs',
      ].sort(),
    );
  });

  it('selects as the filters say, with special characters escaped', () => {
    const filter = {
      fields: [{ key: 'spec.x', value: 'a,b=c\\d', op: 'not-equals' }],
      node: 'n',
      namespace: 'shop',
    };
    const [pods] = watchedResources(kubernetesSchema.parse({ filter }), 'n');
    expect(pods).toMatchObject({
      path: '/api/v1/namespaces/shop/pods',
      fieldSelector: 'spec.x!=a\\,b\\=c\\\\d,spec.nodeName=n',
    });
  });
});
