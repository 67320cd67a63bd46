import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { shownConfig } from '../config/shown-config';

/**
 * The line that a log begins with: what runs, and with which settings after defaults and the environment. No secret is
 * in it.
 */
export function reportStart(logger: Logger, file: string, config: unknown): void {
  logger.info(
    { version: programVersion(), node: process.version, config: file, settings: shownConfig(config) },
    'starting; settings have times in milliseconds and sizes in bytes',
  );
}

/** Of the package whose `dist/main.js` runs. */
function programVersion(): string {
  const main = process.argv[1] ?? '';
  const text = readFileSync(join(dirname(main), '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
