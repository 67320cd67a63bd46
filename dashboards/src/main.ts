import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DASHBOARDS_FOLDER, dashboardFiles } from './files.ts';

/** `npm run dashboards`, from the checkout's root: writes the JSON anew. */
const folder = join(import.meta.dirname, '../..', DASHBOARDS_FOLDER);
mkdirSync(folder, { recursive: true });
const files = dashboardFiles();
for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
for (const [name, text] of files) writeFileSync(join(folder, name), text);
console.log(`${files.size} dashboards in ${DASHBOARDS_FOLDER}`);
