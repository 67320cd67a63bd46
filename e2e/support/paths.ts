import { join } from 'node:path';

/** The checkout; jest and the launcher run from e2e/. */
export const root = join(process.cwd(), process.cwd().endsWith('e2e') ? '..' : '.');

/** A program of the toolchain, as `npm test` has found it. */
export function executableIn(variable: string): string {
  const executable = process.env[variable];
  if (executable === undefined) throw new Error(`${variable} is not set; run npm test -- e2e <pattern>`);
  return executable;
}
