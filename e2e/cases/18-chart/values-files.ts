import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from '../../support/paths.ts';

/** Values files, each with the name of its golden render. */
export const valuesFiles = [
  ...globSync('charts/trace/ci/*.yaml', { cwd: root }),
  ...globSync('k8s/*/values.yaml', { cwd: root }),
  ...globSync('k8s/examples/values/*.yaml', { cwd: root }),
]
  .sort()
  .map((file): [string, string] => {
    const name = basename(file, '.yaml');
    const isExample = file.includes('/examples/');
    return [
      isExample ? `example-${name}` : name === 'values' ? basename(dirname(file)) : name,
      join(root, file),
    ];
  });
