import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { boards } from './index.ts';

const all = boards();
const panels = all.flatMap((board) =>
  (board.panels ?? []).map((panel): [string, dashboard.Panel, dashboard.Dashboard] => [
    `${board.title ?? ''}: ${panel.title ?? ''}`,
    panel as dashboard.Panel,
    board,
  ]),
);
const provisioning = readFileSync(
  join(import.meta.dirname, '../../../backends/grafana/provisioning/datasources/trace.yaml'),
  'utf8',
);
const provisioned = new Map(
  [...provisioning.matchAll(/^ {4}uid: (\S+)\n {4}type: (\S+)$/gm)].map(([, uid, type]) => [uid, type]),
);

interface Reference {
  readonly uid: string;
  readonly type: string;
}

/** Every reference to a data source, wherever it stands. */
function references(value: unknown): Reference[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    key === 'datasource' ? [child as Reference] : references(child),
  );
}

const linksOf = (panel: dashboard.Panel): dashboard.DashboardLink[] => [
  ...(panel.links ?? []),
  ...(panel.fieldConfig?.defaults.links ?? []),
];

describe('the dashboards', () => {
  it('have uids of their own', () => {
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
  });

  it('have panels with numbers and titles of their own, side by side in 24 columns', () => {
    for (const board of all) {
      const own = (board.panels ?? []) as dashboard.Panel[];
      expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
      expect(new Set(own.map(({ title }) => title)).size).toBe(own.length);
      const cells = own.flatMap(({ gridPos: { x, y, w, h } = { x: 0, y: 0, w: 0, h: 0 } }) => {
        expect(x + w).toBeLessThanOrEqual(24);
        return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
      });
      expect(new Set(cells).size).toBe(cells.length);
    }
  });

  it('name data sources that are provisioned', () => {
    const named = all.flatMap(references);
    expect(named.length).toBeGreaterThan(panels.length);
    for (const { uid, type } of named) expect([uid, provisioned.get(uid)]).toEqual([uid, type]);
  });

  it.each(panels)('%s has a unit, a description, a query and a link onwards', (_, panel) => {
    expect(Object.values<unknown>(units)).toContain(panel.fieldConfig?.defaults.unit);
    expect(panel.description).toMatch(/^.{15,}[.)]$/);
    expect(panel.targets).not.toHaveLength(0);
    expect(linksOf(panel)).not.toHaveLength(0);
  });

  it.each(panels)('%s leads to a place that there is', (_, panel, board) => {
    for (const { url = '' } of linksOf(panel)) {
      const [, uid, parameters] = /^\/d\/([\w-]+)\?(.*)$/.exec(url) ?? [];
      const own = (board.templating.list ?? []).map(({ name }) => name);
      const used = [...url.matchAll(/\$\{?(?!_)(\w+)/g)].map(([, name]) => name);
      for (const name of used) expect(own).toContain(name);
      if (uid === undefined) {
        expect(url).toMatch(/^\/explore\?/);
        continue;
      }
      const there = all.find((other) => other.uid === uid);
      const variables = (there?.templating.list ?? []).map(({ name }) => name);
      const set = [...(parameters ?? '').matchAll(/var-(\w+)=/g)].map(([, name]) => name);
      expect(there).toBeDefined();
      for (const name of set) expect(variables).toContain(name);
    }
  });
});
