import { LauncherError } from '../../errors.ts';

/** Throws unless the Collector took what the drill sent as a service of its own. */
export function acceptedByCollector(status: number): void {
  if (status === 200) return;
  const what = status === 0 ? 'does not answer' : `answered ${status}`;
  throw new LauncherError('http', `otelcol ${what}: npm run logs -- otelcol`);
}
