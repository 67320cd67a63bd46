import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { LauncherError } from '../errors.ts';
import type { BuildOptions } from './build.ts';
import { runCommand } from './command.ts';
import type { MavenArtifacts, Recipe } from './recipe.ts';
import { installStarter } from './starter.ts';

const copyTimeoutMillis = 300_000;

/**
 * Makes the program as `draft/<name>`: what the recipe's pom.xml depends on in `draft/lib`, and the recipe's start.sh.
 * Returns how many artifacts there are. Throws a LauncherError whose message ends with Maven's or Java's reason.
 */
export async function copyArtifacts(
  recipe: Recipe,
  { java }: MavenArtifacts,
  draft: string,
  { env, signal, report }: BuildOptions,
): Promise<string> {
  await requireJava(recipe, java, env);
  const lib = join(draft, 'lib');
  const pom = join(draft, 'pom.xml');
  copyFileSync(join(recipe.directory, 'pom.xml'), pom);
  report('downloads from Maven’s repository');
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${lib}`];
  const { exitCode, output, reason } = await runCommand('mvn', ['-q', '-B', '-f', pom, ...goal], {
    cwd: draft,
    env,
    signal,
    timeoutMillis: copyTimeoutMillis,
  });
  if (signal.aborted) throw new LauncherError('aborted', 'stopped');
  if (exitCode !== 0) {
    const why = /^\[ERROR\] (.+)$/m.exec(output)?.[1] ?? `mvn: ${reason}`;
    throw new LauncherError('packages', `${recipe.name} ${recipe.version} cannot be had from Maven: ${why}`);
  }
  rmSync(pom);
  await installStarter(recipe, draft, { env, source: 'Maven’s repository' });
  return `${readdirSync(lib).length} artifacts`;
}

async function requireJava(recipe: Recipe, wanted: number, env: NodeJS.ProcessEnv): Promise<void> {
  // On standard error, of every vendor: openjdk version "17.0.15" 2025-04-15.
  const { output } = await runCommand('java', ['-version'], { env });
  const [, found] = /version "(\d+)/.exec(output) ?? [];
  if (Number(found ?? 0) >= wanted) return;
  throw new LauncherError(
    'packages',
    `${recipe.name} ${recipe.version} needs Java ${wanted}, and there is ${found === undefined ? 'none' : `Java ${found}`}`,
  );
}
