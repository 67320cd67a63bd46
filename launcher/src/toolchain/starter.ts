import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { LauncherError } from '../errors.ts';
import { checkProgram } from './installed.ts';
import type { Recipe } from './recipe.ts';

/** The recipe's script that runs what was unpacked beside it; in the cache it bears the program's name. */
const starter = 'start.sh';

/** Puts it into the draft. Throws a LauncherError if what it starts is not the pinned program. */
export async function installStarter(
  recipe: Recipe,
  draft: string,
  { env, source }: { readonly env: NodeJS.ProcessEnv; readonly source: string },
): Promise<void> {
  const program = join(draft, recipe.name);
  copyFileSync(join(recipe.directory, starter), program);
  chmodSync(program, 0o755);
  const mismatch = await checkProgram(recipe, program, env);
  if (mismatch !== undefined) {
    throw new LauncherError('packages', `${recipe.name} from ${source}: ${mismatch}`);
  }
}
