import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { loki, prometheus } from './data-source.ts';

export type Variable = cog.Builder<dashboard.VariableModel>;

/** Anything but nothing. It may go into the address of a link, where a plus would be a space. */
const ANY = '..*';

/** What is chosen until somebody chooses. */
function option(value: string, text = value): dashboard.VariableOption {
  return { selected: true, text, value };
}

/** The values of a label in Prometheus, one of which is chosen. */
export function labelValues(name: string, metric: string, of: string, initial: string): Variable {
  return values(name, prometheus, prometheusQuery(metric, of)).current(option(initial));
}

/** The same, any number of which is chosen, all at first. */
export function manyLabelValues(name: string, metric: string, of: string): Variable {
  return many(values(name, prometheus, prometheusQuery(metric, of)));
}

/** The values of a stream label in Loki, any number of which is chosen. */
export function manyStreamValues(name: string, of: string): Variable {
  const query = { refId: 'LokiVariableQueryEditor-VariableQuery', type: 1, label: of, stream: '' };
  return many(values(name, loki, query));
}

function prometheusQuery(metric: string, of: string): Record<string, unknown> {
  const query = `label_values(${metric}, ${of})`;
  return { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' };
}

function values(
  name: string,
  source: common.DataSourceRef,
  query: Record<string, unknown>,
): dashboard.QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder(name)
    .datasource(source)
    .query(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.NaturalAsc);
}

function many(variable: dashboard.QueryVariableBuilder): Variable {
  return variable.multi(true).includeAll(true).allValue(ANY).current(option('$__all', 'All'));
}

/** One of a few values; the first is chosen. */
export function choice(name: string, values: readonly [string, ...string[]]): Variable {
  return new dashboard.CustomVariableBuilder(name).values(values.join(',')).current(option(values[0]));
}

/** What somebody types; nothing at first. */
export function text(name: string): Variable {
  return new dashboard.TextBoxVariableBuilder(name).defaultValue('').current(option(''));
}
