import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

import { LauncherError } from '../errors.ts';
import { runCommand } from './command.ts';
import type { Build, Recipe } from './recipe.ts';

/** Of hundreds of modules one may not come at once; what has been fetched and compiled is kept. */
const maxTries = 3;
const networkFailure =
  /dial tcp|i\/o timeout|connection (?:reset|refused)|unexpected EOF|TLS handshake|: 5\d\d |no such host/;

export interface BuildOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Gets what the compiler does now, in a few words. */
  readonly report: (detail: string) => void;
}

/** Builds the program into `draft/<name>`. Throws a LauncherError whose message ends with the compiler's reason. */
export async function buildProgram(
  recipe: Recipe,
  build: Build,
  draft: string,
  options: BuildOptions,
): Promise<void> {
  const env = { ...options.env, ...build.env, GOWORK: 'off' };
  await requireGo(recipe, env);
  const target = join(draft, recipe.name);
  const go = new GoRun(recipe, env, options);
  if (build.kind === 'go') {
    // go.mod and go.sum lie in the recipe's folder and are not to be touched.
    await go.run(recipe.directory, ['build', '-mod=readonly', ...flags(build), '-o', target, build.package]);
    return;
  }
  const work = join(draft, 'work');
  await go.run(draft, ['install', '-trimpath', build.package], { GOBIN: work, GOFLAGS: '' });
  writeFileSync(
    join(work, 'builder.yaml'),
    manifestWithOutput(join(recipe.directory, 'builder.yaml'), join(work, 'out')),
  );
  // The builder writes main.go and go.mod; compiling them ourselves shows progress and uses our flags.
  await go.exec(join(work, 'builder'), work, ['--config', 'builder.yaml', '--skip-compilation'], {});
  await go.run(join(work, 'out'), ['build', '-mod=mod', ...flags(build), '-o', target, '.']);
  rmSync(work, { recursive: true, force: true });
}

function flags(build: Build): string[] {
  const tags = build.tags.length === 0 ? [] : ['-tags', build.tags.join(',')];
  return ['-v', '-trimpath', '-buildvcs=false', ...tags, `-ldflags=${build.ldflags.join(' ')}`];
}

function manifestWithOutput(file: string, outputPath: string): string {
  const manifest = parse(readFileSync(file, 'utf8')) as { dist: Record<string, unknown> };
  return stringify({ ...manifest, dist: { ...manifest.dist, output_path: outputPath } });
}

async function requireGo(recipe: Recipe, env: NodeJS.ProcessEnv): Promise<void> {
  const { exitCode } = await runCommand('go', ['version'], { env });
  if (exitCode !== 0) {
    throw new LauncherError(
      'build',
      `there is no Go toolchain to build ${recipe.name} with: install Go 1.26 or newer, or put ${recipe.name} ${recipe.version} into TRACE_BIN_DIR`,
    );
  }
}

/** Runs the Go command and reports what it downloads and compiles. */
class GoRun {
  private packages = 0;
  private readonly recipe: Recipe;
  private readonly env: NodeJS.ProcessEnv;
  private readonly options: BuildOptions;

  constructor(recipe: Recipe, env: NodeJS.ProcessEnv, options: BuildOptions) {
    this.recipe = recipe;
    this.env = env;
    this.options = options;
  }

  run(cwd: string, args: readonly string[], extraEnv: NodeJS.ProcessEnv = {}): Promise<void> {
    return this.exec('go', cwd, args, extraEnv);
  }

  async exec(
    command: string,
    cwd: string,
    args: readonly string[],
    extraEnv: NodeJS.ProcessEnv,
  ): Promise<void> {
    const { signal, report } = this.options;
    for (let tries = 1; ; tries++) {
      const { exitCode, output, reason } = await runCommand(command, args, {
        cwd,
        env: { ...this.env, ...extraEnv },
        signal,
        onLine: (line) => {
          this.observe(line);
        },
      });
      if (signal.aborted) throw new LauncherError('aborted', 'stopped');
      if (exitCode === 0) return;
      if (tries === maxTries || !networkFailure.test(output)) {
        throw new LauncherError(
          'build',
          `building ${this.recipe.name} ${this.recipe.version} failed: ${reason}`,
        );
      }
      report(`asks the module proxy again (${reason})`);
    }
  }

  private observe(line: string): void {
    if (line.startsWith('go: downloading ')) this.options.report(`fetching ${line.split(' ')[2] ?? ''}`);
    // `go build -v` prints one import path per compiled package.
    else if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(line))
      this.options.report(`${++this.packages} packages compiled`);
  }
}
