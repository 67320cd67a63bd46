import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder in the user's cache that `make` fills once for each recipe (what is asked for, versions and all).
 * One that was left half made is made again.
 */
export async function cachedFolder(
  name: string,
  recipe: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const clients = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'trace', 'clients');
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const folder = join(clients, `${name}-${hash}`);
  const mark = join(folder, '.complete');
  if (existsSync(mark)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await make(folder);
  writeFileSync(mark, '');
  return folder;
}
