import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

import { runCommand } from './command.ts';
import type { Recipe } from './recipe.ts';

const checkTimeoutMillis = 15_000;

export interface InstalledOptions {
  readonly binDirectory: string | undefined;
  readonly path: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Gets one line for each program that was found but is not the pinned one. */
  readonly warn: (line: string) => void;
}

/**
 * The pinned program in TRACE_BIN_DIR or on PATH. A program of another version in TRACE_BIN_DIR was put there
 * on purpose, so it is reported; one on PATH is none of our business.
 */
export async function findInstalled(recipe: Recipe, options: InstalledOptions): Promise<string | undefined> {
  const { binDirectory, path, env, warn } = options;
  if (binDirectory !== undefined) {
    for (const file of candidates(recipe, [binDirectory])) {
      const mismatch = await checkProgram(recipe, file, env);
      if (mismatch === undefined) return file;
      warn(`${file} (TRACE_BIN_DIR) is not used: ${mismatch}`);
    }
  }
  for (const file of candidates(recipe, path)) {
    if ((await checkProgram(recipe, file, env)) === undefined) return file;
  }
  return undefined;
}

/** Undefined if the program passes every check of its recipe, else what is wrong in a few words. */
export async function checkProgram(
  recipe: Recipe,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  for (const { args, expect } of recipe.checks) {
    const { output, reason } = await runCommand(file, args, { env, timeoutMillis: checkTimeoutMillis });
    if (!new RegExp(expect).test(output)) {
      const first = output.split('\n').find((line) => line.trim() !== '') ?? reason;
      return `\`${args.join(' ')}\` says "${first.trim().slice(0, 120)}", wanted ${recipe.version} (/${expect}/)`;
    }
  }
  return undefined;
}

function candidates(recipe: Recipe, directories: readonly string[]): string[] {
  return directories
    .flatMap((directory) => recipe.executables.map((name) => join(directory, name)))
    .filter(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
