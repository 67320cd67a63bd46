import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { loki, tempo } from './data-source.ts';

/** The dashboards, by what they answer; the values are their uids, and part of every link to them. */
export const uids = {
  overview: 'trace-overview',
  service: 'trace-service',
  logs: 'trace-logs',
  crud: 'trace-crud',
  messaging: 'trace-messaging',
  host: 'trace-host',
  platform: 'trace-platform',
  slo: 'trace-slo',
} as const;
export type BoardName = keyof typeof uids;

/** Where a panel leads. With a label in its address it hangs on each series, else on the panel. */
export interface Link {
  readonly title: string;
  readonly url: string;
}

/** A label of the series that was clicked. */
export const label = (name: string): string => `\${__field.labels.${name}}`;
/** A column of the row that was clicked. */
export const column = (name: string): string => `\${__data.fields.${name}}`;

/** To another dashboard, at the same time, with variables set. */
export function to(board: BoardName, title: string, variables: Readonly<Record<string, string>> = {}): Link {
  const set = Object.entries(variables).map(([name, value]) => `var-${name}=${value}&`);
  return { title, url: `/d/${uids[board]}?${set.join('')}\${__url_time_range}` };
}

/** To Explore, with a LogQL query. */
export function toLogs(title: string, expr: string): Link {
  return explore(title, { datasource: loki, expr, queryType: 'range' });
}

/** To Explore, with a TraceQL query. */
export function toTraces(title: string, query: string): Link {
  return explore(title, { datasource: tempo, queryType: 'traceql', query, limit: 20, filters: [] });
}

interface ExploreQuery {
  readonly datasource: { readonly uid?: string };
  readonly [field: string]: unknown;
}

/** The address of Explore carries its panes as JSON; `${…}` in it stays as it is, for Grafana to replace. */
function explore(title: string, query: ExploreQuery): Link {
  const pane = {
    datasource: query.datasource.uid,
    queries: [{ refId: 'A', ...query }],
    range: { from: '${__from}', to: '${__to}' },
  };
  const panes = JSON.stringify({ trace: pane })
    .replaceAll(/\$(\w+)/g, '${$1}')
    .replace(
      /(\$\{[^}]+\})|([^$]+|\$)/g,
      (_, variable: string | undefined, text: string) => variable ?? encodeURIComponent(text),
    );
  return { title, url: `/explore?schemaVersion=1&orgId=1&panes=${panes}` };
}

export const isOfSeries = ({ url }: Link): boolean => /\$\{__(field|data)\./.test(url);

export function linkBuilder({ title, url }: Link): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder(title).url(url);
}
