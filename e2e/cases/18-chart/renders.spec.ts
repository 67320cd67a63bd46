import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart, helm, objectsOf, render, renderWith } from '../../support/helm.ts';
import { root } from '../../support/paths.ts';
import { valuesFiles } from './values-files.ts';

const golden = join(root, 'e2e/cases/18-chart/golden');

/** Files that stand in a ConfigMap as they are, each as Helm's nindent puts it there. */
const shipped = globSync(
  [
    'otel-collector/*.yaml',
    'backends/*/*.yaml',
    'backends/grafana/dashboards/*.json',
    'backends/grafana/provisioning/dashboards/*.yaml',
    'apps/alert-engine/config/rules/*.yaml',
    'e2e/smoke-test/*.ts',
  ],
  { cwd: root },
).map((file) => ({ file, block: readFileSync(join(root, file), 'utf8').trim().replace(/^/gm, '    ') }));

/** What a render looks like in review: without the files that are reviewed where they are. */
function reviewed(manifests: string): string {
  return (
    shipped
      .reduce((text, { file, block }) => text.replaceAll(block, `    <${file}>`), manifests)
      // Password and tokens are new ones each time that there is no cluster to keep them.
      .replaceAll(/^( {2}(?:admin-password|tokens?): )\w+=*$/gm, '$1<made up>')
  );
}

test('there are at least eight values files', () => {
  expect(valuesFiles.length).toBeGreaterThanOrEqual(8);
});

test.each(valuesFiles)('%s passes helm lint --strict', (_, values) => {
  const { status, stdout, stderr } = helm('lint', chart, '--strict', '--values', values);
  expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
});

test.each(valuesFiles)('%s renders as it did; TRACE_UPDATE_GOLDEN=1 accepts a change', (name, values) => {
  const file = join(golden, `${name}.yaml`);
  const text = reviewed(render('--values', values));
  if (process.env.TRACE_UPDATE_GOLDEN === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
});

test.each(valuesFiles)('%s renders the same with Helm 3', (name, values) => {
  const objects = objectsOf(reviewed(renderWith('TRACE_BIN_HELM_3', '--values', values)));
  expect(objects).toEqual(objectsOf(readFileSync(join(golden, `${name}.yaml`), 'utf8')));
});
