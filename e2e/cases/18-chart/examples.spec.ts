import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@trace/telemetry/testing';
import { parse } from 'yaml';
import { alertEngine } from '../../../launcher/src/programs/apps.ts';
import { objectsOf, render } from '../../support/helm.ts';
import { root } from '../../support/paths.ts';
import { eventually } from '../../support/wait.ts';
import { configMap } from './config-maps.ts';
import { workloadsOf } from './workloads.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-chart-examples-'));
const example = (file: string): string => readFileSync(join(root, 'k8s/examples', file), 'utf8');
const manifests = render('--values', join(root, 'k8s/examples/values/alerts.yaml'));
let child: ChildProcess;
let url = '';
let output = '';

/** Puts a ConfigMap where the chart mounts it, below the folder of this test. */
function mount(path: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, path), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, path, name), text);
}

beforeAll(async () => {
  const [http, grpc, otlpHttp] = await freePorts(3);
  url = `http://127.0.0.1:${http ?? 0}`;
  const here = (text: string): string =>
    text
      .replaceAll('/etc/trace/', `${folder}/etc/trace/`)
      .replaceAll('/var/lib/trace', folder)
      .replace('port: 8090', `port: ${http ?? 0}`)
      .replace('port: 4329', `port: ${grpc ?? 0}`)
      .replace('httpPort: 4330', `httpPort: ${otlpHttp ?? 0}`);
  const config = here(configMap(manifests, 'trace-alert-engine')['alert-engine.yaml'] ?? '');
  mount('etc/trace/config', { 'alert-engine.yaml': config });
  mount('etc/trace/rules', configMap(manifests, 'trace-alert-engine-rules'));
  mount('etc/trace/rules-of/checkout-rules', configMap(example('rules.yaml'), 'checkout-rules'));
  const [secret] = objectsOf(example('receivers.yaml')) as unknown as [{ stringData: NodeJS.ProcessEnv }];
  const { args } = alertEngine.command({ root, home: folder, executable: process.execPath });
  child = spawn(process.execPath, args, {
    env: {
      PATH: process.env.PATH,
      TRACE_ALERT_CONFIG: join(folder, 'etc/trace/config/alert-engine.yaml'),
      ...secret.stringData,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
});

afterAll(async () => {
  if (child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
  rmSync(folder, { recursive: true });
});

/** Waits until this is, or is not, among the rules in force. */
function untilRule(name: string, isThere: boolean): Promise<true> {
  return eventually(
    `${name} ${isThere ? 'is' : 'is not'} in force: ${output.slice(-1000)}`,
    async () => {
      const response = await fetch(`${url}/api/v1/rules`);
      const { data } = (await response.json()) as { data: { groups: { rules: { name: string }[] }[] } };
      const names = data.groups.flatMap(({ rules }) => rules.map((rule) => rule.name));
      return names.includes(name) === isThere || undefined;
    },
    { timeoutMillis: 60_000, intervalMillis: 100 },
  );
}

test('the pod has what the examples name: the rules of the ConfigMap, and every key of the Secret', () => {
  const engine = workloadsOf(manifests).find(({ metadata }) => metadata.name === 'trace-alert-engine');
  const { containers, volumes } = engine!.spec.template.spec;
  expect(volumes).toContainEqual({ name: 'rules-of-checkout-rules', configMap: { name: 'checkout-rules' } });
  expect(containers[0]!.volumeMounts).toContainEqual({
    name: 'rules-of-checkout-rules',
    mountPath: '/etc/trace/rules-of/checkout-rules',
    readOnly: true,
  });
  expect(containers[0]).toMatchObject({ envFrom: [{ secretRef: { name: 'alert-receivers' } }] });
});

test('the alert engine takes the rules of the example, and a change of them at SIGHUP', async () => {
  await untilRule('CheckoutIsSlow', true);
  const rules = configMap(example('rules.yaml'), 'checkout-rules')['checkout.yaml'] ?? '';
  mount('etc/trace/rules-of/checkout-rules', {
    'checkout.yaml': rules.replace('CheckoutIsSlow', 'CheckoutIsSlower'),
  });
  child.kill('SIGHUP');
  await untilRule('CheckoutIsSlower', true);
  await untilRule('CheckoutIsSlow', false);
});

test("the Deployment's variables and annotations are those that docs/kubernetes.md tells", () => {
  const documented = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');
  const [, block = ''] = /```yaml\n(env:[^]*?)```/.exec(documented) ?? [];
  const { env } = parse(block) as { env: unknown };
  const [service] = workloadsOf(example('instrumented-service.yaml'));
  expect(service!.spec.template.spec.containers[0]).toMatchObject({ env });
  for (const name of Object.keys(service!.spec.template.metadata.annotations)) {
    expect(documented).toContain(name);
  }
});
