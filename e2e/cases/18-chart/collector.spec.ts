import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubernetesObject, objectsOf, render } from '../../support/helm.ts';
import { executableIn } from '../../support/paths.ts';
import { valuesFiles } from './values-files.ts';

interface ConfigMap extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-chart-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What the Collector says of the layers of a render, in their order; nothing if they are right. */
function complaint(manifests: string, change = (layer: string): string => layer): string {
  const layers = objectsOf(manifests).find(
    (object): object is ConfigMap =>
      object.kind === 'ConfigMap' && /-collector$|^observability-collector$/.test(object.metadata.name),
  )?.data;
  const files = Object.entries(layers ?? {}).map(([name, text]) => {
    const file = join(folder, name);
    writeFileSync(file, change(text));
    return `--config=file:${file}`;
  });
  expect(files.length).toBeGreaterThan(4);
  const { stdout, stderr } = spawnSync(executableIn('TRACE_BIN_OTELCOL'), ['validate', ...files], {
    encoding: 'utf8',
    env: {
      TRACE_LISTEN_HOST: '0.0.0.0',
      TRACE_COLLECTOR_QUEUE_DIR: folder,
      BACKENDS_TOKEN: 'token',
      TRACE_EXTERNAL_TOKENS_FILE: '/etc/otelcol-external/tokens',
    },
  });
  return stdout + stderr;
}

test.each(valuesFiles)('the Collector takes the layers of %s', (_, values) => {
  expect(complaint(render('--values', values))).toBe('');
});

test.each([
  ['from_context:', 'from_contxt:'],
  ['filename:', 'flename:'],
])('a mistake in a layer that only the cluster has, %s, is none that it takes', (key, wrong) => {
  const manifests = render('--set=collector.external.enabled=true');
  expect(complaint(manifests, (layer) => layer.replace(key, wrong))).toContain(wrong.replace(':', ''));
});
