import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { drills } from './index.ts';
import { drillRows, drillTable, drillTableHeadings } from './runner/drill-table.ts';

const root = join(__dirname, '../../..');

/** The cells of the first table of a Markdown text, without the line under its headings. */
function firstTable(markdown: string): string[][] {
  const lines = markdown.split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const last = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  return lines
    .slice(first, last)
    .filter((line) => !/^\|[ |-]+\|$/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('docs/drills.md has the table that the command prints', () => {
  const [headings, ...rows] = firstTable(readFileSync(join(root, 'docs/drills.md'), 'utf8'));
  expect(headings).toEqual(drillTableHeadings);
  expect(rows).toEqual(drillRows(drills));
});

test('each drill has a name of its own, a line in the table, and a rule that ships', () => {
  expect(new Set(drills.map(({ name }) => name)).size).toBe(drills.length);
  const lines = drillTable(drills).split('\n');
  expect(lines).toHaveLength(drills.length + 1);
  const rules = readFileSync(join(root, 'apps/alert-engine/config/rules/sample-services.yaml'), 'utf8');
  const { groups } = parse(rules) as { groups: { rules: { alert: string }[] }[] };
  const alerts = groups.flatMap((group) => group.rules.map(({ alert }) => alert));
  for (const { alert, evidence } of drills) {
    expect(alerts).toContain(alert.alertname);
    expect(evidence.length).toBeGreaterThan(0);
  }
});
