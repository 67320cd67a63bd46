import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from './config';

const PAGE = readFileSync(join(__dirname, '../../../docs/platform-alerts.md'), 'utf8');
const { ruleGroups } = loadConfig({});
const rules = ruleGroups.filter(({ file }) => file === 'platform.yaml').flatMap((group) => group.rules);

/** What GitHub and its like make of a heading. */
const anchors = [...PAGE.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
);

describe('the rules for the platform itself', () => {
  it('are in force unless somebody leaves them out', () => {
    expect(rules.length).toBeGreaterThan(30);
  });

  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s says how bad it is, what it is, and where to read on',
    (alert, { labels, annotations, type }) => {
      expect(type).toBe('query');
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\w/);
      expect(annotations.description).toMatch(/\w/);
      expect(annotations.runbook_url).toBe(`docs/platform-alerts.md#${alert.toLowerCase()}`);
      expect(anchors).toContain(alert.toLowerCase());
    },
  );

  it('are all that the page tells of', () => {
    const told = anchors.filter((anchor) => anchor.startsWith('trace'));
    expect(told).toEqual(rules.map(({ alert }) => alert.toLowerCase()));
  });
});
