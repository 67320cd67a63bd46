import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DASHBOARDS_FOLDER, dashboardFiles } from './files.ts';

const root = join(import.meta.dirname, '../..');
const committed = join(root, DASHBOARDS_FOLDER);

describe('the committed dashboards', () => {
  const files = dashboardFiles();

  it('are those that there are', () => {
    expect(readdirSync(committed).sort()).toEqual([...files.keys()].sort());
  });

  it.each([...files])('are what the code makes: %s (npm run make -w @trace/dashboards)', (name, text) => {
    expect(readFileSync(join(committed, name), 'utf8')).toBe(text);
  });

  it('are in docs/dashboards.md, each with the question that it answers', () => {
    const page = readFileSync(join(root, 'docs/dashboards.md'), 'utf8').replaceAll(/\s+/g, ' ');
    for (const text of files.values()) {
      const { title, uid, description } = JSON.parse(text) as Record<string, string>;
      expect(page).toContain(`| **${title ?? ''}** | \`${uid ?? ''}\` | ${description ?? ''} |`);
    }
  });
});
