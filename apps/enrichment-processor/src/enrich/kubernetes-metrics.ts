import { Gauge, type Registry } from 'prom-client';
import type { KubernetesState } from './kubernetes';
import { type TallyRow, tally } from './tally';

const PREFIX = 'trace_enrichment_kubernetes_';

/** The watch of the cluster as Prometheus sees it, read from the source whenever it is asked for. */
export function observeKubernetes(registry: Registry, state: () => KubernetesState, now = Date.now): void {
  const rows = (read: (state: KubernetesState) => readonly TallyRow[]) => (): readonly TallyRow[] =>
    read(state());
  const ofWatches = (
    value: (watch: KubernetesState['watches'][number]) => number,
  ): (() => readonly TallyRow[]) =>
    rows(({ watches }) =>
      watches.map((watch) => ({ labels: { resource: watch.watch.resource }, value: value(watch) })),
    );

  observe('min', 'synced', 'Whether everything was listed at least once.', [], () => [
    { labels: {}, value: state().synced ? 1 : 0 },
  ]);
  observe(
    'max',
    'objects',
    'Objects that are known, by resource.',
    ['resource'],
    ofWatches(({ objects }) => objects),
  );
  observe(
    'min',
    'watch_up',
    'Whether the watch of a resource is open.',
    ['resource'],
    ofWatches(({ watch }) => (watch.phase === 'watching' ? 1 : 0)),
  );
  observe(
    'max',
    'watch_lag_seconds',
    'Time since the API server was last heard of a resource; it sends a bookmark a minute.',
    ['resource'],
    ofWatches(({ watch }) =>
      watch.lastHeardEpochMillis === 0 ? -1 : (now() - watch.lastHeardEpochMillis) / 1000,
    ),
  );
  observe(
    'max',
    'last_list_duration_seconds',
    'Time that the latest complete list took.',
    ['resource'],
    ofWatches(({ watch }) => watch.lastListMillis / 1000),
  );
  observe(
    'sum',
    'lists_total',
    'Complete lists.',
    ['resource'],
    ofWatches(({ watch }) => watch.lists),
  );
  observe(
    'sum',
    'events_total',
    'Events of watches.',
    ['resource'],
    ofWatches(({ watch }) => watch.events),
  );
  observe(
    'sum',
    'errors_total',
    'Lists and watches that failed, by reason.',
    ['resource', 'reason'],
    rows(({ watches }) =>
      watches.flatMap(({ watch }) =>
        Object.entries(watch.errors).map(([reason, value]) => ({
          labels: { resource: watch.resource, reason },
          value,
        })),
      ),
    ),
  );
  observe(
    'max',
    'pods',
    'Pods that are known, those deleted less than the grace period ago included.',
    [],
    () => [{ labels: {}, value: state().pods }],
  );
  observe('max', 'deleted_pods', 'Of these, the deleted ones.', [], () => [
    { labels: {}, value: state().deletedPods },
  ]);
  observe('max', 'association_keys', 'Entries of the index that pods are found by.', [], () => [
    { labels: {}, value: state().associationKeys },
  ]);
  observe(
    'sum',
    'left_out_total',
    'What the cluster has and was not used, by reason.',
    ['reason'],
    rows(({ leftOut }) => Object.entries(leftOut).map(([reason, value]) => ({ labels: { reason }, value }))),
  );
  observe(
    'sum',
    'matched_total',
    'Resources whose pod was found, by association rule.',
    ['rule'],
    rows(({ matches }) => [...matches].map(([rule, value]) => ({ labels: { rule }, value }))),
  );
  observe(
    'sum',
    'unmatched_total',
    'Resources whose pod was not found, by rule and reason.',
    ['rule', 'reason'],
    rows(({ misses }) =>
      misses.map(({ rule, reason, count }) => ({ labels: { rule, reason }, value: count })),
    ),
  );

  /** @param together what the values of several workers are as one: each watches the whole cluster for itself */
  function observe(
    together: 'sum' | 'min' | 'max',
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => readonly TallyRow[],
  ): void {
    if (together === 'sum') {
      tally(registry, PREFIX + name, help, labelNames, read);
      return;
    }
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: [...labelNames],
      aggregator: together,
      registers: [registry],
      collect(): void {
        this.reset();
        for (const { labels, value } of read()) this.set(labels, value);
      },
    });
  }
}
