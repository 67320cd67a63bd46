import { lokiUrl, prometheusUrl } from '../../support/backends.ts';
import { getJson } from './ask.ts';
import type { Dashboard, Variable } from './dashboard.ts';
import type { Values } from './interpolate.ts';

/** Every value that can be chosen, asked for as Grafana asks; all of them together is one of them. */
export async function valuesOf(variable: Variable): Promise<string[]> {
  const { type, query, datasource, includeAll = false, allValue = '' } = variable;
  const text = typeof query === 'string' ? query : (query.query ?? '');
  if (type === 'textbox') return [text];
  if (type === 'custom') return text.split(',');
  const found =
    datasource?.uid === 'loki'
      ? await getJson<{ data?: string[] }>(
          `${lokiUrl}/loki/api/v1/label/${typeof query === 'string' ? query : (query.label ?? '')}/values`,
        )
      : await prometheusValues(text);
  const values = found.data ?? [];
  return includeAll && values.length > 0 ? [allValue, ...values] : values;
}

async function prometheusValues(text: string): Promise<{ data?: string[] }> {
  const [, metric = '', label = ''] = /^label_values\((.+), *(\w+)\)$/.exec(text) ?? [];
  return getJson(`${prometheusUrl}/api/v1/label/${label}/values`, { 'match[]': metric });
}

/** Each of these has something that another has not; of other variables the first and the last value will do. */
const DIFFERENT_EACH = 'service';

/**
 * What to look at a dashboard with: one variable after the other at other values than its first. Throws when a variable
 * has none.
 */
export async function choices({ templating: { list } }: Dashboard): Promise<Values[]> {
  const all = await Promise.all(
    list.map(async (variable) => {
      const values = await valuesOf(variable);
      if (values.length === 0) throw new Error(`$${variable.name} has no value`);
      return { name: variable.name, values, isMany: variable.includeAll === true };
    }),
  );
  const first = Object.fromEntries(all.map(({ name, values }) => [name, values[0] ?? '']));
  const others = all.flatMap(({ name, values, isMany }) => {
    const rest = name === DIFFERENT_EACH && !isMany ? values.slice(1) : values.slice(1).slice(-1);
    return rest.map((value) => ({ ...first, [name]: value }));
  });
  return [first, ...others];
}
