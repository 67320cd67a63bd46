import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Document, parse, stringify } from 'yaml';
import { chart, helm, render } from '../../support/helm.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-mistakes-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function refusal(...args: readonly string[]): string {
  const { status, stderr } = helm('template', 'trace', chart, ...args);
  expect(status).not.toBe(0);
  return stderr;
}

test.each([
  ['tempo.enbled=false', 'enbled'],
  ['collector.replica=2', 'replica'],
  ['sampleService.enabled=true', 'sampleService'],
  ['alertEngine.image.tags=1', 'tags'],
  ['loki.persistence.sizes=1Gi', 'sizes'],
  ['agent.kubelet.insecure=true', 'insecure'],
  ['collector.external.enable=true', 'enable'],
  ['tempo.storage.s3.buckets=b', 'buckets'],
])('%s is refused, and the key is named', (setting, key) => {
  expect(refusal(`--set=${setting}`)).toMatch(new RegExp(`additional properties '${key}' not allowed`));
});

test.each([
  ['collector.replicas=0', /minimum: got 0, want 1/],
  ['loki.retention=7 days', /does not match pattern/],
  ['kafka.brokers={kafka.example.com}', /does not match pattern/],
  ['prometheus.persistence.size=lots', /does not match pattern/],
  ['agent.logs.exclude={shop}', /does not match pattern/],
])('%s is refused with what was expected', (setting, expected) => {
  expect(refusal(`--set=${setting}`)).toMatch(expected);
});

test.each([
  ['both', ['tempo.external.endpoint=tempo.example.com:4317'], 'tempo is both installed and external'],
  [
    'a URL for gRPC',
    ['tempo.enabled=false', 'tempo.external.endpoint=http://tempo.example.com:4317'],
    'is host:port',
  ],
  ['no URL for HTTP', ['loki.enabled=false', 'loki.external.endpoint=loki:3100'], 'is a URL'],
  ['nowhere to go', ['alertEngine.enabled=false', 'loki.enabled=false'], 'logs have nowhere to go'],
  ['the namespace that is there', ['agent.namespace.name=default'], "is the release's own namespace"],
  ['no Kafka', ['kafka.enabled=true'], 'needs brokers'],
  [
    'nobody to Kafka',
    ['kafka.enabled=true', 'kafka.brokers={kafka.example.com:9096}', 'kafka.sasl.mechanism=PLAIN'],
    'needs a user name',
  ],
  [
    'an Ingress without a host',
    ['grafana.ingress.enabled=true', 'networkPolicies.enabled=false'],
    'grafana.ingress has no host',
  ],
  [
    'an Ingress that nobody may come through',
    [
      'collector.external.enabled=true',
      'collector.external.ingress.enabled=true',
      'collector.external.ingress.hosts[0].host=otlp.example.com',
    ],
    'collector.external is to be reached from outside, and its NetworkPolicy lets nobody in',
  ],
  ['a node port likewise', ['loki.service.type=NodePort'], 'loki is to be reached from outside'],
  ['a bucket somewhere', ['tempo.storage.s3.bucket=traces'], 'neither region nor endpoint'],
  ['no broker', ['sampleServices.enabled=true', 'nats.enabled=false'], 'need a broker'],
])('%s: the message ends with YAML that mends it', (_, settings, message) => {
  const sets = settings.map((setting) => `--set=${setting}`);
  const text = refusal(...sets);
  expect(text).toContain(message);
  const [, yaml = ''] = /values:\n\n([^]*)$/.exec(text) ?? [];
  // Of several ways each is a block of its own; Helm adds a sentence.
  const blocks = yaml.split(/\n\n/).filter((block) => /^\w+:/.test(block));
  expect(blocks).not.toEqual([]);
  for (const block of blocks) {
    // --set wins over files, and the mending has to win over the mistake.
    const mistake = join(folder, 'mistake.yaml');
    writeFileSync(mistake, stringify(asValues(settings)));
    const mended = join(folder, 'mended.yaml');
    writeFileSync(mended, block);
    expect(render('--values', mistake, '--values', mended)).toContain('kind: StatefulSet');
  }
});

/** `a.b=1`, `a.c[0].d=x` → `{a: {b: 1, c: [{d: x}]}}` */
function asValues(settings: readonly string[]): unknown {
  const document = new Document({});
  for (const setting of settings) {
    const [path = '', value = ''] = setting.split('=');
    const keys = path.split(/[.[\]]+/).filter(Boolean);
    document.setIn(
      keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
      parse(value),
    );
  }
  return document.toJS();
}
