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

interface Layers {
  readonly of?: string;
  readonly without?: string;
  readonly change?: (layer: string) => string;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-chart-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const unchanged = (layer: string): string => layer;

/** What the Collector says of the layers of a render, in their order; nothing if they are right. */
function complaint(
  manifests: string,
  { of = 'collector', without = '', change = unchanged }: Layers = {},
): string {
  const layers = objectsOf(manifests).find(
    (object): object is ConfigMap => object.kind === 'ConfigMap' && object.metadata.name.endsWith(`-${of}`),
  )?.data;
  const named = Object.entries(layers ?? {}).filter(([name]) => name !== without);
  const files = named.map(([name, text]) => {
    const file = join(folder, name);
    writeFileSync(file, change(text));
    return `--config=file:${file}`;
  });
  expect(files.length).toBeGreaterThan(1);
  const { stdout, stderr } = spawnSync(executableIn('TRACE_BIN_OTELCOL'), ['validate', ...files], {
    encoding: 'utf8',
    env: {
      TRACE_LISTEN_HOST: '0.0.0.0',
      TRACE_COLLECTOR_QUEUE_DIR: folder,
      BACKENDS_TOKEN: 'token',
      TRACE_NODE_ROOT: folder,
      TRACE_GATEWAY_ENDPOINT: 'trace-collector:4316',
      TRACE_EXCLUDED_POD_LOGS: '["/var/log/pods/trace_*_*/*/*"]',
      TRACE_KUBELET_URL: 'https://10.0.0.1:10250',
      K8S_POD_UID: 'uid',
      K8S_NODE_NAME: 'node',
      TRACE_KAFKA_USERNAME: 'user',
      TRACE_KAFKA_PASSWORD: 'password',
      TRACE_EXTERNAL_TOKENS_FILE: '/etc/otelcol-external/tokens',
    },
  });
  return stdout + stderr;
}

test.each(valuesFiles)('the Collector takes the layers of %s', (_, values) => {
  expect(complaint(render('--values', values))).toBe('');
});

test.each(valuesFiles)("the nodes' Collector takes its layers of %s", (_, values) => {
  const manifests = render('--values', values);
  expect(complaint(manifests, { of: 'agent', without: 'kubelet.yaml' })).toBe('');
  // It is the one in a pod that has a token for the kubelet; up to there everything is right.
  expect(complaint(manifests, { of: 'agent' })).toMatch(
    /^$|"kubelet_stats" .* cert path \S+ could not be read/,
  );
});

test.each([
  ['collector', 'from_context:', 'from_contxt:'],
  ['collector', 'max_connection_age:', 'max_connection_ago:'],
  ['collector', 'filename:', 'flename:'],
  ['agent', 'exclude:', 'exclud:'],
  ['agent', 'metric_groups:', 'metrics_groups:'],
])('a mistake in a layer of the cluster is none that it takes: %s, %s', (of, from, to) => {
  const manifests = render('--set=collector.external.enabled=true');
  expect(complaint(manifests, { of, change: (layer) => layer.replace(from, to) })).toContain(to.slice(0, -1));
});

describe('the road through Kafka', () => {
  const manifests = render('--values', join(root, 'charts/trace/ci/kafka.yaml'));

  test('the Collector takes the layers of the one that reads', () => {
    expect(complaint(manifests, { of: 'kafka-reader' })).toBe('');
  });

  test.each([
    ['kafka-write', 'collector', 'required_acks: -1', 'required_ack: -1'],
    ['kafka-connection', 'collector', 'ca_file:', 'cafile:'],
    ['kafka-tempo', 'kafka-reader', 'kafka/traces', 'kakfa/traces'],
    ['kafka-loki', 'kafka-reader', 'initial_offset: earliest', 'initial_offset: first'],
    ['kafka-prometheus', 'kafka-reader', 'on_permanent_error: true', 'on_permanent_error: perhaps'],
  ])('a mistake in %s is none that it takes', (_, of, from, to) => {
    expect(complaint(manifests, { of, change: (layer) => layer.replace(from, to) })).toMatch(
      /invalid|unknown|cannot|should be/,
    );
  });
});
