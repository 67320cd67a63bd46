import { groupLabels, type GroupKey, type Labels } from './group-labels';
import { seriesLabels } from './query/series-labels';
import type { Rule } from './rule';

/** The labels of a rule's group; undefined when the key was made by a rule of another kind, or another `by`. */
export function labelsOfGroup(rule: Rule, key: GroupKey): Labels | undefined {
  if (rule.type === 'query') return seriesLabels(key);
  const values = JSON.parse(key) as unknown[];
  return values.length === rule.by.length ? groupLabels(rule.by, key) : undefined;
}
