import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LauncherError } from '../errors.ts';
import type { BuildOptions } from './build.ts';
import { runCommand, type CommandResult } from './command.ts';
import type { DebianPackages, Recipe } from './recipe.ts';
import { installStarter } from './starter.ts';

const commandTimeoutMillis = 300_000;

export interface PackagesOptions extends BuildOptions {
  /** As `distribution` of the configuration. */
  readonly distribution: string | undefined;
}

/**
 * Makes the program as `draft/<name>`: the distribution's packages unpacked into `draft/root`, and the recipe's
 * start.sh. Needs no root; the system's package lists, cache and programs stay as they are. Returns the packages
 * with their versions. Throws a LauncherError whose message ends with apt's or dpkg's reason.
 */
export async function unpackPackages(
  recipe: Recipe,
  { distribution, packages, replace }: DebianPackages,
  draft: string,
  options: PackagesOptions,
): Promise<string> {
  if (options.distribution !== distribution) {
    throw new LauncherError(
      'packages',
      `${recipe.name} ${recipe.version} comes from ${distribution}'s packages, and this is ${options.distribution ?? 'no Linux distribution'}; put ${recipe.executables.join(' or ')} into TRACE_BIN_DIR instead`,
    );
  }
  const commands = new PackageCommands(recipe, options);
  const root = join(draft, 'root');
  const apt = join(draft, 'apt');
  const downloads = join(draft, 'packages');
  for (const directory of [root, join(apt, 'lists'), join(apt, 'cache'), downloads])
    mkdirSync(directory, { recursive: true });
  const configuration = join(apt, 'apt.conf');
  writeFileSync(configuration, aptConfiguration(apt));

  options.report('reads the package lists');
  await commands.run('apt-get', ['-q', '-c', configuration, 'update'], downloads);
  options.report(`downloads ${packages.length} packages`);
  await commands.run('apt-get', ['-q', '-c', configuration, 'download', ...packages], downloads);
  const files = readdirSync(downloads).sort();
  options.report(`unpacks ${files.length} packages`);
  for (const file of files) await commands.run('dpkg-deb', ['-x', join(downloads, file), root], draft);
  for (const { file, from, to } of replace) replaceIn(recipe, root, file, from, to);
  rmSync(apt, { recursive: true });
  rmSync(downloads, { recursive: true });

  await installStarter(recipe, draft, { env: options.env, source: `${distribution}'s packages` });
  return files.map((file) => file.replace(/\.deb$/, '').replaceAll('%3a', ':')).join(' ');
}

/** The system's sources and keys; lists and cache of our own, since the system's may be old, absent or not ours. */
function aptConfiguration(directory: string): string {
  return `Dir::State::lists "${directory}/lists";
Dir::Cache "${directory}/cache";
// Hooks of the system are about the system's lists.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Update::Error-Mode "any";
// Its user may not be able to reach the folder.
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
`;
}

function replaceIn(recipe: Recipe, root: string, name: string, from: string, to: string): void {
  const file = join(root, name);
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) {
    throw new LauncherError('packages', `${recipe.name}: ${name} does not hold ${JSON.stringify(from)}`);
  }
  writeFileSync(file, text.replaceAll(from, to));
}

class PackageCommands {
  private readonly recipe: Recipe;
  private readonly options: PackagesOptions;

  constructor(recipe: Recipe, options: PackagesOptions) {
    this.recipe = recipe;
    this.options = options;
  }

  async run(command: string, args: readonly string[], cwd: string): Promise<void> {
    const { env, signal } = this.options;
    const result = await runCommand(command, args, {
      cwd,
      env: { ...env, LC_ALL: 'C' },
      signal,
      timeoutMillis: commandTimeoutMillis,
    });
    if (signal.aborted) throw new LauncherError('aborted', 'stopped');
    if (result.exitCode !== 0) throw this.failure(command, result);
  }

  private failure(command: string, { exitCode, output, reason }: CommandResult): LauncherError {
    const { name, version } = this.recipe;
    const missing = exitCode === null && output === '';
    return new LauncherError(
      'packages',
      `${name} ${version} cannot be had from packages: ${missing ? `${command}: ${reason}` : firstError(output, reason)}`,
    );
  }
}

/** apt says first what went wrong, and then what followed from it. */
function firstError(output: string, reason: string): string {
  return /^(?:E|dpkg-deb): (.+)$/m.exec(output)?.[1] ?? reason;
}
