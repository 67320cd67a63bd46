import type { Program } from '@trace/runtime';
import type { Metrics, ReloadableFile } from './metrics';

/**
 * Counts, and says in the log, what came of a file that has changed.
 * @param file what the log calls it, if not by its setting
 */
export function reportFileReload(
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Program['logger'] },
  setting: ReloadableFile,
  error?: Error,
  file: string = setting,
): void {
  metrics.onFileReload(setting, error);
  if (error === undefined) logger.info({ file }, 'reloaded');
  else logger.error({ file }, `not reloaded, the one before stays in use: ${error.message}`);
}
