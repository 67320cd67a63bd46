import { errorCode, LauncherError, oneLine } from '../errors.ts';
import type { Program } from '../programs/program.ts';

const answerTimeoutMillis = 20_000;

/** Asks a program of the platform for JSON. Throws a LauncherError that says which one did not answer, and why. */
export async function ask<T>(
  { name, address = '' }: Pick<Program, 'name' | 'address'>,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
  options: { readonly whenNotFound?: T } = {},
): Promise<T> {
  const url = `${address}${path}?${new URLSearchParams(parameters).toString()}`;
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(answerTimeoutMillis) });
  } catch (error) {
    const why = errorCode(error) ?? oneLine(error);
    throw new LauncherError(
      'network',
      `${name} does not answer at ${address} (${why}): is the platform running? npm run status`,
    );
  }
  if (response.status === 404 && options.whenNotFound !== undefined) return options.whenNotFound;
  if (!response.ok) {
    const said = (await response.text()).slice(0, 200);
    throw new LauncherError('http', `${name} answered ${response.status} to ${path}: ${oneLine(said)}`);
  }
  return (await response.json()) as T;
}
