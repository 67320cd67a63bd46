import type { Attributes } from '../../../launcher/src/backends/traces.ts';
import { ask, type Answer } from './ask.ts';
import { dashboards, linksOf, type Panel, type Target } from './dashboard.ts';
import { interpolate, type Values } from './interpolate.ts';
import { valuesOf } from './variables.ts';

/** What Grafana puts into an address beside variables. */
const time: Values = { __url_time_range: 'from=now-30m&to=now', __from: '1', __to: '2' };

/** What is wrong with where a panel leads: nothing is there, or nothing is shown for any of its series. */
export async function linkProblems(panel: Panel, answer: Answer, values: Values): Promise<string[]> {
  const problems: string[] = [];
  for (const { title, url } of linksOf(panel)) {
    try {
      if (!(await oneLeads(distinct(url, panel, answer, values))))
        problems.push(`"${title}" leads to nothing`);
    } catch (error) {
      problems.push(`"${title}": ${String(error)}`);
    }
  }
  return problems;
}

/** One series of many is as good as all: the others lead to the same with another label. */
async function oneLeads(urls: readonly string[]): Promise<boolean> {
  for (const url of urls.slice(0, 4)) if (await leads(url)) return true;
  return false;
}

function distinct(url: string, panel: Panel, answer: Answer, values: Values): string[] {
  const renamed = panel.transformations?.[0]?.options.renameByName ?? {};
  return [
    ...new Set(
      answer.map((labels) => interpolate(url, { ...time, ...values, ...ofSeries(labels, renamed) })),
    ),
  ];
}

function ofSeries(labels: Attributes, renamed: Readonly<Record<string, string>>): Values {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([label, value]) => [
      [`__field.labels.${label}`, value],
      [`__data.fields.${renamed[label] ?? label}`, value],
    ]),
  );
}

async function leads(url: string): Promise<boolean> {
  const { pathname, searchParams } = new URL(url, 'http://grafana');
  return pathname === '/explore'
    ? exploreShows(searchParams.get('panes') ?? '')
    : dashboardTakes(pathname, searchParams);
}

async function exploreShows(panes: string): Promise<boolean> {
  const shown = Object.values(
    JSON.parse(panes) as Record<string, { datasource: string; queries: Target[] }>,
  ).flatMap(({ datasource, queries }) => queries.map((query) => ask(datasource, query, {})));
  return shown.length > 0 && (await Promise.all(shown)).every(({ length }) => length > 0);
}

async function dashboardTakes(pathname: string, parameters: URLSearchParams): Promise<boolean> {
  const there = dashboards.find(({ uid }) => pathname === `/d/${uid}`);
  if (there === undefined) return false;
  const taken = [...parameters]
    .filter(([name]) => name.startsWith('var-'))
    .map(async ([name, value]) => {
      const variable = there.templating.list.find((one) => `var-${one.name}` === name);
      return variable !== undefined && (await valuesOf(variable)).includes(value);
    });
  return !(await Promise.all(taken)).includes(false);
}
