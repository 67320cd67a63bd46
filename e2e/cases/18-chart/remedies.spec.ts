import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Document, parse, stringify } from 'yaml';
import { chart, helm, render } from '../../support/helm.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-remedies-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
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
    ['kafka.enabled=true', 'kafka.brokers[0]=kafka.example.com:9096', 'kafka.sasl.mechanism=PLAIN'],
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
  [
    'a database among the variables',
    [
      'alertEngine.extraEnv[0].name=TRACE_ALERT_DATABASE_URL',
      'alertEngine.extraEnv[0].value=postgresql://db/d',
    ],
    'comes from a Secret',
  ],
  [
    'a database in the configuration',
    ['alertEngine.config.state.database.url=postgresql://db/d'],
    'comes from a Secret',
  ],
  [
    'two places for the state',
    ['alertEngine.database.existingSecret=db', 'alertEngine.config.state.file=/data/state.sqlite'],
    'two places for one state',
  ],
  ['no broker', ['sampleServices.enabled=true', 'nats.enabled=false'], 'need a broker'],
  ['no duration', ['tempo.retention=two days'], 'tempo.retention: "two days": expected hours, days or weeks'],
  [
    'no unit',
    ['loki.persistence.size=30'],
    'loki.persistence.size: "30": expected a size with a unit, such as 20Gi',
  ],
  [
    'thousandths of a byte',
    ['nats.resources.limits.memory=512m'],
    'nats.resources.limits.memory: "512m": expected bytes with a unit',
  ],
  [
    'a long name',
    [`fullnameOverride=${'observability-'.repeat(4)}x`],
    'expected at most 39 of a-z, 0-9 and -, a letter first',
  ],
  ['capitals', ['fullnameOverride=Trace'], 'fullnameOverride: "Trace": expected at most 39 of a-z'],
  [
    'a registry twice',
    ['tempo.image.registry=quay.io', 'tempo.image.repository=quay.io/mirror/tempo'],
    'tempo.image.repository has its registry in it',
  ],
  [
    'a tag in the repository',
    ['alertEngine.image.repository=trace/alert-engine:0.2.0'],
    'alertEngine.image.repository has a tag in it',
  ],
])('%s: the message ends with YAML that mends it', (_, settings, message) => {
  const sets = settings.map((setting) => `--set=${setting}`);
  const { status, stderr } = helm('template', 'trace', chart, ...sets);
  expect(status).not.toBe(0);
  expect(stderr).toContain(message);
  const [, yaml = ''] = /values:\n\n([^]*)$/.exec(stderr) ?? [];
  // Of several ways each is a block of its own; Helm adds a sentence.
  const blocks = yaml.split(/\n\n/).filter((block) => /^\w+:( \S+)?$/m.test(block));
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
