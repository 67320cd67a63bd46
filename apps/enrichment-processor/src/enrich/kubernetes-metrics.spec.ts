import { AggregatorRegistry, Registry } from 'prom-client';
import type { KubernetesState } from './kubernetes';
import { observeKubernetes } from './kubernetes-metrics';

const NOW = 1_000_000;

/** What one worker knows; each watches the cluster for itself. */
function workerState(synced: boolean, phase: 'watching' | 'waiting', count: number): KubernetesState {
  const watch = {
    resource: 'pods',
    phase,
    lastHeardEpochMillis: NOW - count * 1000,
    lastListMillis: count * 1000,
    lists: count,
    events: count,
    errors: {},
  };
  return {
    synced,
    watches: [{ objects: count, watch: watch as unknown as KubernetesState['watches'][number]['watch'] }],
    pods: count,
    deletedPods: count,
    associationKeys: count,
    leftOut: { value_too_long: count, invalid_annotation: 0, pod_table_full: 0, object_table_full: 0 },
    matches: new Map([['ip', count]]),
    misses: [],
  };
}

describe('the metrics of the cluster', () => {
  it('of two workers are one: the worse of what is well, the larger of what is there, the sum of what is done', async () => {
    const workers = [workerState(true, 'watching', 5), workerState(false, 'waiting', 3)].map((state) => {
      const registry = new Registry();
      observeKubernetes(
        registry,
        () => state,
        () => NOW,
      );
      return registry;
    });
    const metrics = await Promise.all(workers.map((registry) => registry.getMetricsAsJSON()));
    const lines = (await AggregatorRegistry.aggregate(metrics).metrics()).split('\n');
    const valueOf = (name: string): number =>
      Number(
        lines
          .find((line) => line.startsWith(`trace_enrichment_kubernetes_${name}`))
          ?.split(' ')
          .at(-1),
      );
    const names = [
      'synced',
      'watch_up{',
      'objects{',
      'pods',
      'deleted_pods',
      'association_keys',
      'watch_lag_seconds{',
      'last_list_duration_seconds{',
      'lists_total{',
      'events_total{',
      'left_out_total{',
      'matched_total{',
    ];
    expect(names.map((name) => [name, valueOf(name)])).toEqual([
      ['synced', 0],
      ['watch_up{', 0],
      ...names.slice(2, 8).map((name) => [name, 5]),
      ...names.slice(8).map((name) => [name, 8]),
    ]);
  });
});
