import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkHatches, countHatches, type HatchCounts } from './escape-hatches.ts';
import { addCounts, formatCounts, readJestResults } from './jest-results.ts';

const none: HatchCounts = countHatches('');

test.each<[string, Partial<HatchCounts>]>([
  ['const a: any = 1; function f(x: any[]): void {}', { any: 2 }],
  ['const a = b!.c!;', { 'non-null': 2 }],
  ['const a = b as unknown as string;', { 'as-unknown-as': 1 }],
  ['const a = b as unknown;', {}],
  ['// eslint-disable-next-line no-console\nconsole.log(1);', { 'eslint-disable': 1 }],
  ['/* @ts-ignore */ // @ts-expect-error why\n', { 'ts-ignore': 1, 'ts-expect-error': 1 }],
  ['const any = "any as unknown as eslint-disable!"; // any one of them!\nif (!any) f();', {}],
])('counts %j', (source, expected) => {
  expect(countHatches(source)).toEqual({ ...none, ...expected });
});

describe('the ceiling', () => {
  let root: string;
  let ceilingFile: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'trace-hatches-'));
    for (const folder of ['libs', 'apps', 'charts/values', 'dashboards', 'launcher', 'e2e', 'bench'])
      mkdirSync(join(root, folder), { recursive: true });
    ceilingFile = join(root, 'ceiling.json');
    writeFileSync(ceilingFile, JSON.stringify({ ...none, any: 1 }));
    writeFileSync(join(root, 'libs/a.ts'), 'let a: any;');
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test('holds', () => {
    expect(checkHatches(root, ceilingFile)).toContain('any 1');
  });

  test('is not raised, and the files are named; specs are free', () => {
    cpSync(join(root, 'libs/a.ts'), join(root, 'apps/b.spec.ts'));
    expect(() => checkHatches(root, ceilingFile)).not.toThrow();
    cpSync(join(root, 'libs/a.ts'), join(root, 'apps/b.ts'));
    expect(() => checkHatches(root, ceilingFile)).toThrow(
      '2 × any, at most 1 allowed: find a typed way. In libs/a.ts (1), apps/b.ts (1)',
    );
  });

  test('falls by itself', () => {
    rmSync(join(root, 'libs/a.ts'));
    expect(checkHatches(root, ceilingFile)).toContain('any is lowered');
    expect(JSON.parse(readFileSync(ceilingFile, 'utf8'))).toEqual(none);
  });

  test('jest’s results are summed; a suite that cannot run is a failure', () => {
    const file = join(root, 'results.json');
    const results = {
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 1,
      numRuntimeErrorTestSuites: 1,
    };
    writeFileSync(file, JSON.stringify(results));
    const counts = readJestResults(file)!;
    expect(formatCounts(addCounts(counts, { passed: 1, failed: 0, skipped: 0 }))).toBe(
      '4 passed, 2 failed, 2 skipped',
    );
    expect(formatCounts({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed');
    expect(readJestResults(join(root, 'nothing'))).toBeUndefined();
  });
});
