import { join } from 'node:path';

/** The checkout; jest and the launcher run from e2e/. */
export const root = join(process.cwd(), process.cwd().endsWith('e2e') ? '..' : '.');
