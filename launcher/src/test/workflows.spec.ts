import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkWorkflows } from './workflows.ts';

const root = join(__dirname, '../../..');
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'trace-workflows-'));
  mkdirSync(join(copy, '.github'));
  cpSync(join(root, '.github/workflows'), join(copy, '.github/workflows'), { recursive: true });
});

afterEach(() => {
  rmSync(copy, { recursive: true });
});

function change(name: string, from: string, to: string): void {
  const file = join(copy, '.github/workflows', name);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

test('ours are right', async () => {
  await expect(checkWorkflows(root)).resolves.toBe('2 workflows');
});

test.each([
  [
    'release.yaml',
    'needs: [version, images, chart]',
    'needs: [version, image, chart]',
    /release\.yaml:\d+:\d+: .*"image"/,
  ],
  ['release.yaml', 'steps.build.outputs', 'steps.biuld.outputs', /property "biuld" is not defined/],
  ['release.yaml', 'packages: write', 'packages: wirte', /"wirte" is invalid/],
  ['test.yaml', 'runs-on:', 'run-on:', /unexpected key "run-on"/],
  ['test.yaml', 'permissions: { contents: read }\n', '', /test\.yaml: expected permissions/],
])('%s with %s → %s is not', async (name, from, to, problem) => {
  change(name, from, to);
  await expect(checkWorkflows(copy)).rejects.toThrow(problem);
});
