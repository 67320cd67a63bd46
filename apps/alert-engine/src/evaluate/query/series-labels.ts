import type { GroupKey, Labels } from '../group-labels';

const METRIC_NAME = '__name__';

/** The seat of a series among a query's alerts: its labels without the metric's name, in order, as JSON. */
export function seriesKey(metric: Labels): GroupKey {
  const labels = Object.entries(metric).filter(([name, value]) => name !== METRIC_NAME && value !== '');
  return JSON.stringify(labels.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The labels again; undefined for a key that another kind of rule made. */
export function seriesLabels(key: GroupKey): Labels | undefined {
  const pairs = JSON.parse(key) as unknown[];
  if (!pairs.every((pair): pair is [string, string] => Array.isArray(pair))) return undefined;
  return Object.fromEntries(pairs);
}
