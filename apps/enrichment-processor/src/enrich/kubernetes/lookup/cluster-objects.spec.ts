import { kubernetesSchema } from '../config/kubernetes-config';
import { MetaReader } from '../objects/meta-record';
import { ClusterObjects } from './cluster-objects';
import type { ObjectSink } from './object-sink';

const events = { onValueTooLong: () => undefined, onInvalidAnnotation: () => undefined };
const { extract } = kubernetesSchema.parse({ extract: { labels: [{ key: 'l', from: 'deployment' }] } });
const object = (uid: string, name: string, labels = {}, resourceVersion = '1'): object => ({
  metadata: { uid, name, labels, resourceVersion },
});

describe('objects other than pods', () => {
  let nowMillis: number;
  let full: number;
  let cluster: ClusterObjects;
  let deployments: ObjectSink;
  let namespaces: ObjectSink;

  beforeEach(() => {
    nowMillis = 0;
    full = 0;
    cluster = new ClusterObjects(
      { graceMillis: 1000, maxObjects: 3, onTableFull: () => (full += 1) },
      () => nowMillis,
    );
    deployments = cluster.workloads('deployments').sink(new MetaReader('deployment', extract, events));
    namespaces = cluster.namespaces.sink(new MetaReader('namespace', extract, events));
  });

  it('change the generation only when something changes that attributes are made of', () => {
    deployments.upsert(object('u', 'a', { l: '1' }));
    const { generation } = cluster;
    deployments.upsert(object('u', 'a', { l: '1', other: 'x' }, '2'));
    expect(cluster.generation).toBe(generation);
    deployments.upsert(object('u', 'a', { l: '2' }, '3'));
    expect(cluster.generation).toBeGreaterThan(generation);
  });

  it('stay for the grace period after they were deleted, for the pods that have not gone yet', () => {
    deployments.upsert(object('u', 'a'));
    deployments.remove(object('u', 'a'));
    cluster.sweep((nowMillis = 999));
    expect(cluster.workload('deployments', 'u')?.name).toBe('a');
    cluster.sweep((nowMillis = 1000));
    expect(cluster.workload('deployments', 'u')).toBeUndefined();
  });

  it('are no more than they may be; those that were deleted make room', () => {
    for (const uid of ['1', '2', '3']) deployments.upsert(object(uid, uid));
    deployments.upsert(object('4', '4'));
    expect([deployments.size(), full]).toEqual([3, 1]);
    deployments.remove(object('1', '1'));
    deployments.upsert(object('4', '4'));
    expect(['1', '2', '3', '4'].filter((uid) => cluster.workload('deployments', uid) !== undefined)).toEqual([
      '2',
      '3',
      '4',
    ]);
    expect(full).toBe(1);
  });

  it('stay when they came back meanwhile, or were made anew under the same name', () => {
    namespaces.upsert(object('u1', 'a'));
    namespaces.remove(object('u1', 'a'));
    namespaces.upsert(object('u2', 'a'));
    deployments.upsert(object('d', 'a'));
    deployments.retain(new Set());
    deployments.upsert(object('d', 'a'));
    cluster.sweep((nowMillis = 5000));
    expect(cluster.namespaces.get('a')?.uid).toBe('u2');
    expect(cluster.workload('deployments', 'd')).toBeDefined();
  });

  it('are deleted by a list that has them no more', () => {
    deployments.upsert(object('d1', 'a'));
    deployments.upsert(object('d2', 'b'));
    deployments.retain(new Set(['d2']));
    cluster.sweep((nowMillis = 1000));
    expect(deployments.size()).toBe(1);
  });
});
