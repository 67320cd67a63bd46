/** The values of a rule's `by`, in its order, as JSON; null where a span has no such attribute. */
export type GroupKey = string;

export type Labels = Readonly<Record<string, string>>;

/** A group's values as labels in Prometheus's names; what is absent or empty makes no label. */
export function groupLabels(by: readonly string[], key: GroupKey): Labels {
  const values = JSON.parse(key) as (string | null)[];
  const labels = by.flatMap((name, index) => {
    const value = values[index] ?? '';
    return value === '' ? [] : [[labelName(name), value] as const];
  });
  return Object.fromEntries(labels);
}

/** `service.name` → `service_name`: what Prometheus allows in a label name. */
export function labelName(attribute: string): string {
  return attribute.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}
