import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { LauncherConfig } from '../config.ts';
import { LauncherError } from '../errors.ts';
import { runCommand } from '../toolchain/command.ts';

/** The targets of the Dockerfile. */
export const imageApps = ['alert-engine', 'enrichment-processor', 'sim-service'] as const;

interface Bom {
  readonly metadata: { readonly component: { name: string; version: string } };
}

/**
 * `npm run sbom -- <folder>`: a CycloneDX bill of materials for each of our images, `<app>.cdx.json`, of the packages
 * that package-lock.json puts into it. (npm's own `npm sbom` leaves out what development needs as well.)
 */
export async function sbom(config: LauncherConfig, folder = 'sbom', signal?: AbortSignal): Promise<number> {
  mkdirSync(resolve(config.root, folder), { recursive: true });
  for (const app of imageApps) {
    const file = resolve(config.root, folder, `${app}.cdx.json`);
    const generator = join(config.root, 'node_modules/.bin/cyclonedx-npm');
    const what = ['--package-lock-only', '--omit', 'dev', '--workspace', `@trace/${app}`];
    const how = ['--mc-type', 'application', '--output-reproducible', '--validate', '--output-file', file];
    const { exitCode, output, reason } = await runCommand(process.execPath, [generator, ...what, ...how], {
      cwd: config.root,
      env: config.environment,
      ...(signal && { signal }),
    });
    if (exitCode !== 0) throw new LauncherError('build', `${app}: ${reason || output}`);
    nameAfter(app, file);
    console.log(file);
  }
  return 0;
}

/** What it is about is the app, and not the checkout that holds it. */
function nameAfter(app: string, file: string): void {
  const bom = JSON.parse(readFileSync(file, 'utf8')) as Bom;
  bom.metadata.component.name = app;
  writeFileSync(file, `${JSON.stringify(bom, undefined, 2)}\n`);
}
