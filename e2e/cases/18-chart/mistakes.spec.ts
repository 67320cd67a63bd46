import { chart, helms, type HelmVariable, runHelm } from '../../support/helm.ts';

const commands = [
  ['template', ['template', 'trace', chart]],
  ['lint --strict', ['lint', chart, '--strict']],
] as const;

const everywhere = helms.flatMap(([name, variable]) =>
  commands.map(([command, args]) => [`${name}: ${command}`, variable, args] as const),
);

function refusal(variable: HelmVariable, args: readonly string[], ...settings: readonly string[]): string {
  const { status, stdout, stderr } = runHelm(variable, ...args, ...settings.map((each) => `--set=${each}`));
  expect(status).not.toBe(0);
  // What lint prints of a message has its line feeds escaped.
  return (stdout + stderr).replaceAll('\\n', '\n').replaceAll('\\"', '"');
}

/** Setting, what of it is wrong, and what was meant. */
const misspelt: readonly (readonly [string, string, string])[] = [
  ['tempo.retenton=48h', 'tempo.retenton', 'tempo.retention'],
  ['colector.replicas=2', 'colector', 'collector'],
  ['collector.resorces.requests.cpu=1', 'collector.resorces', 'collector.resources'],
  ['collector.resources.request.cpu=1', 'collector.resources.request', 'collector.resources.requests'],
  ['alertEngine.image.tags=1', 'alertEngine.image.tags', 'alertEngine.image.tag'],
  ['loki.serviceAccount.anotations.a=b', 'loki.serviceAccount.anotations', 'loki.serviceAccount.annotations'],
  ['global.imageregistry=a', 'global.imageregistry', 'global.imageRegistry'],
  ['agent.kubelet.insecureSkip=true', 'agent.kubelet.insecureSkip', 'agent.kubelet.insecureSkipVerify'],
  ['collector.external.enable=true', 'collector.external.enable', 'collector.external.enabled'],
  ['tempo.storage.s3.buckets=b', 'tempo.storage.s3.buckets', 'tempo.storage.s3.bucket'],
  ['kafka.broker=a', 'kafka.broker', 'kafka.brokers'],
  // No typing error: the wrong level.
  ['loki.size=1Gi', 'loki.size', 'loki.persistence.size'],
  ['replicas=2', 'replicas', 'collector.replicas'],
];

test.each(everywhere)(
  '%s refuses misspelt keys, each in one line that names the nearest',
  (_, variable, args) => {
    const said = refusal(variable, args, ...misspelt.map(([setting]) => setting));
    for (const [, wrong, nearest] of misspelt) {
      expect(said).toContain(`${wrong} is not a setting of this chart. Did you mean ${nearest}?`);
    }
  },
);

describe.each(helms)('%s', (_, variable) => {
  const args = commands[0][1];

  test('what is like nothing is refused with what there is', () => {
    expect(refusal(variable, args, 'alertEngine.webhookUrl.password=x')).toContain(
      'alertEngine.webhookUrl.password is not a setting of this chart. Below alertEngine.webhookUrl there are existingSecret, key.',
    );
  });

  test('of several mistakes each is a line', () => {
    expect(refusal(variable, args, 'tempo.enbled=false', 'sampleService.enabled=true')).toMatch(
      /^sampleService is .* sampleServices\?\n\ntempo\.enbled is .* tempo\.enabled\?$/m,
    );
  });

  test.each(['tempo', 'collector.image'])('%s without anything below it is refused', (key) => {
    expect(refusal(variable, args, `${key}=null`)).toContain(
      `${key} is null, and so without any of its defaults. Take the line out, or put settings below it.`,
    );
  });

  test('free maps are free', () => {
    const settings = [
      'collector.nodeSelector.pool=a',
      'commonLabels.team=a',
      'tempo.podAnnotations.note=a',
      'grafana.serviceAccount.annotations.role=a',
      'loki.resources.limits.nvidia\\.com/gpu=1',
      'nats.resources.limits=null',
      'collector.extraConfig.exporters.debug.verbosity=basic',
      'alertEngine.config.log.level=debug',
      'alertEngine.rules.mine\\.yaml.groups[0].name=a',
      'enrichmentProcessor.catalogue.checkout.owner=a',
      'prometheus.affinity.nodeAffinity.anything=a',
    ];
    const { status, stderr } = runHelm(variable, ...args, ...settings.map((each) => `--set=${each}`));
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  });

  test('of another type or out of range is refused with what was expected', () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['collector.replicas=0', "'/collector/replicas': minimum: got 0, want 1"],
      ['grafana.enabled=maybe', "'/grafana/enabled': got string, want boolean"],
      [
        'nats.image.pullPolicy=Sometimes',
        "'/nats/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
      ],
      ['alertEngine.webhookUrl.key=', "'/alertEngine/webhookUrl/key': minLength: got 0, want 1"],
      ['collector.extraEnv[0].value=a', "'/collector/extraEnv/0': missing property 'name'"],
      [
        'tempo.extraEnv[0].name=A,tempo.extraEnv[0].value=5',
        "'/tempo/extraEnv/0/value': got number, want string",
      ],
    ];
    const said = refusal(variable, args, ...wrong.map(([setting]) => setting));
    for (const [, expected] of wrong) expect(said).toContain(expected);
  });

  test('what does not look like what it should is refused with what was expected', () => {
    const said = refusal(variable, args, 'alertEngine.rules.mine.groups=1', 'tempo.image.digest=abc');
    expect(said).toContain('alertEngine.rules.mine: expected the name of a file, such as checkout.yaml');
    expect(said).toContain('tempo.image.digest: "abc": expected sha256: and 64 hexadecimal digits');
  });
});
