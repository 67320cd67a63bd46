import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { component, render } from '../../support/helm.ts';
import { root } from '../../support/paths.ts';
import { workloadsOf } from './workloads.ts';

const page = readFileSync(join(root, 'docs/scale.md'), 'utf8');
/** `### Small` and the first block of YAML under it. */
const tiers = [...page.matchAll(/^### (\w+)$[^#]*?```yaml\n([^]*?)```/gm)].map(
  ([, name = '', yaml = '']): [string, string] => [name, yaml],
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-scale-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('docs/scale.md has the values of three tiers; the first is k8s/kind', () => {
  expect(tiers.map(([name]) => name)).toEqual(['Small', 'Medium', 'Large']);
  expect(page).toContain('k8s/kind/values.yaml');
});

test.each(tiers)('%s: its values are those that the chart takes', (name, yaml) => {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, yaml);
  const workloads = workloadsOf(render('--values', file));
  expect(workloads.map(component)).toContain('collector');
});
