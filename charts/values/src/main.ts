import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CHART, filesOf, inChart } from './files.ts';

/** `npm run make -w @trace/chart-values`: writes anew what comes of values.yaml. */
const files = await filesOf(inChart('values.yaml'), inChart('README.md'));
for (const [name, text] of files) writeFileSync(join(CHART, name), text);
console.log(`${[...files.keys()].join(' and ')} in charts/trace`);
