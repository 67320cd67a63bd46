import { parse } from 'yaml';
import { chart, helm, render } from '../../support/helm.ts';

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
  ['no broker', ['sampleServices.enabled=true', 'nats.enabled=false'], 'need a broker'],
])('%s: the message ends with YAML that mends it', (_, settings, message) => {
  const sets = settings.map((setting) => `--set=${setting}`);
  const text = refusal(...sets);
  expect(text).toContain(message);
  const [, yaml = ''] = /values:\n\n([^]*)$/.exec(text) ?? [];
  // Of several ways each is a block of its own; Helm adds a sentence.
  const blocks = yaml.split(/\n\n/).filter((block) => /^\w+:\n/.test(block));
  expect(blocks).not.toEqual([]);
  for (const block of blocks) {
    const values = parse(block) as Readonly<Record<string, unknown>>;
    const mended = Object.entries(flat(values)).map(([path, value]) => `--set=${path}=${value}`);
    expect(render(...sets, ...mended)).toContain('kind: StatefulSet');
  }
});

/** `{a: {b: 1}}` → `{"a.b": "1"}` */
function flat(values: Readonly<Record<string, unknown>>, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]): [string, string][] =>
      Array.isArray(value)
        ? [[`${prefix}${key}`, `{${value.join(',')}}`]]
        : typeof value === 'object' && value !== null
          ? Object.entries(flat(value as Readonly<Record<string, unknown>>, `${prefix}${key}.`))
          : [[`${prefix}${key}`, String(value)]],
    ),
  );
}
