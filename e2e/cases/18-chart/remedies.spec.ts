import { parse } from 'yaml';
import { chart, helm, render } from '../../support/helm.ts';

test.each([
  ['both', ['tempo.external.endpoint=tempo.example.com:4317'], 'tempo is both installed and external'],
  [
    'a URL for gRPC',
    ['tempo.enabled=false', 'tempo.external.endpoint=http://tempo.example.com:4317'],
    'is host:port',
  ],
  ['no URL for HTTP', ['loki.enabled=false', 'loki.external.endpoint=loki:3100'], 'is a URL'],
  ['nowhere to go', ['alertEngine.enabled=false', 'loki.enabled=false'], 'logs have nowhere to go'],
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
    const values = parse(block) as Readonly<Record<string, unknown>>;
    const mended = Object.entries(flat(values)).map(([path, value]) => `--set=${path}=${value}`);
    expect(render(...sets, ...mended)).toContain('kind: StatefulSet');
  }
});

/** `{a: {b: 1}}` → `{"a.b": "1"}` */
function flat(values: Readonly<Record<string, unknown>>, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]): [string, string][] =>
      typeof value === 'object' && value !== null
        ? Object.entries(flat(value as Readonly<Record<string, unknown>>, `${prefix}${key}.`))
        : [[`${prefix}${key}`, String(value)]],
    ),
  );
}
