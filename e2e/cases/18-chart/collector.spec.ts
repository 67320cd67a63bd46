import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubernetesObject, objectsOf, render } from '../../support/helm.ts';
import { executableIn, root } from '../../support/paths.ts';
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
function complaint(
  manifests: string,
  change = (layer: string): string => layer,
  name = /-collector$|^observability-collector$/,
): string {
  const layers = objectsOf(manifests).find(
    (object): object is ConfigMap => object.kind === 'ConfigMap' && name.test(object.metadata.name),
  )?.data;
  const files = Object.entries(layers ?? {}).map(([file, text]) => {
    const path = join(folder, file);
    writeFileSync(path, change(text));
    return `--config=file:${path}`;
  });
  expect(files.length).toBeGreaterThan(4);
  const { stdout, stderr } = spawnSync(executableIn('TRACE_BIN_OTELCOL'), ['validate', ...files], {
    encoding: 'utf8',
    env: {
      TRACE_LISTEN_HOST: '0.0.0.0',
      TRACE_COLLECTOR_QUEUE_DIR: folder,
      BACKENDS_TOKEN: 'token',
      TRACE_KAFKA_USERNAME: 'user',
      TRACE_KAFKA_PASSWORD: 'password',
    },
  });
  return stdout + stderr;
}

test.each(valuesFiles)('the Collector takes the layers of %s', (_, values) => {
  expect(complaint(render('--values', values))).toBe('');
});

test('a mistake in the layer of the cluster is none that it takes', () => {
  expect(complaint(render(), (layer) => layer.replace('from_context:', 'from_contxt:'))).toContain(
    'from_contxt',
  );
});

describe('the road through Kafka', () => {
  const manifests = render('--values', join(root, 'charts/trace/ci/kafka.yaml'));
  const reader = /-kafka-reader$/;

  test('the Collector takes the layers of the one that reads', () => {
    expect(complaint(manifests, undefined, reader)).toBe('');
  });

  test.each([
    ['kafka-write', /-collector$/, 'required_acks: -1', 'required_ack: -1'],
    ['kafka-connection', /-collector$/, 'ca_file:', 'cafile:'],
    ['kafka-tempo', reader, 'kafka/traces', 'kakfa/traces'],
    ['kafka-loki', reader, 'initial_offset: earliest', 'initial_offset: first'],
    ['kafka-prometheus', reader, 'on_permanent_error: true', 'on_permanent_error: perhaps'],
  ])('a mistake in %s is none that it takes', (_, name, from, to) => {
    expect(complaint(manifests, (layer) => layer.replace(from, to), name)).toMatch(
      /invalid|unknown|cannot|should be/,
    );
  });
});
