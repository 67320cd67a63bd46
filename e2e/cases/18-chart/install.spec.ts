import { chart, type HelmResult, helms, type HelmVariable, objectsOf, runHelm } from '../../support/helm.ts';
import { KubeApiServer } from '../../support/kube-api-server.ts';
import { workloadsOf } from './workloads.ts';

let server: KubeApiServer;
let kubeconfig: string;

beforeAll(async () => {
  // Helm 3 asks whether there is a cluster, even of what it only prints.
  server = await KubeApiServer.start();
  kubeconfig = server.kubeconfig();
});

afterAll(async () => {
  await server.stop();
});

const release = ['shop', chart, '--namespace', 'platform'] as const;

function install(variable: HelmVariable, settings: readonly string[]): HelmResult {
  const dryRun = ['--dry-run=client', '--output=json', '--kubeconfig', kubeconfig];
  return runHelm(variable, 'install', ...release, ...dryRun, ...settings);
}

/** What `helm install` prints when it has installed; `helm template` has no notes. */
function notes(variable: HelmVariable, settings: readonly string[]): string {
  const { status, stdout, stderr } = install(variable, settings);
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { info: { notes: string } }).info.notes;
}

interface Port {
  readonly port: number;
}
interface Service {
  readonly spec: { readonly ports: readonly Port[] };
}

/** Whether what a command names is there: `svc/shop-trace-grafana 3000`, a Secret, a pod and its container. */
function isThere(command: string, manifests: string): boolean {
  const objects = objectsOf(manifests);
  const has = (kind: string, name: string | undefined): boolean =>
    objects.some((object) => object.kind === kind && object.metadata.name === name);
  const [, service, port] = /port-forward svc\/(\S+) (\d+)$/.exec(command) ?? [];
  if (service !== undefined) {
    const found = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === service);
    return ((found as Service | undefined)?.spec.ports ?? []).some((each) => each.port === Number(port));
  }
  const [, secret, key] = /get secret (\S+) -o jsonpath='\{\.data\.(\S+)\}'/.exec(command) ?? [];
  if (secret !== undefined) return key === 'admin-password' && has('Secret', secret);
  const [, set, container] = /logs (\S+)-0 -c (\S+)$/.exec(command) ?? [];
  if (set !== undefined) {
    return workloadsOf(manifests).some(
      ({ metadata, spec }) =>
        metadata.name === set && spec.template.spec.containers.some(({ name }) => name === container),
    );
  }
  const [, label = '', value] = /get pods -l (\S+)=(\S+)$/.exec(command) ?? [];
  return workloadsOf(manifests).every(({ spec }) => spec.template.metadata.labels[label] === value);
}

const cases = [
  ['everything', [], ['get pods', 'grafana 3000', 'alert-engine 8090']],
  ['the sample services', ['sampleServices'], ['get pods', 'grafana 3000', 'alert-engine 8090']],
  ['no Grafana', ['!grafana'], ['get pods', 'alert-engine 8090', '-c collector']],
  ['no alert engine', ['!alertEngine'], ['get pods', 'grafana 3000', '-c collector']],
  [
    'the sample services alone',
    ['sampleServices', '!grafana'],
    ['get pods', 'alert-engine 8090', 'gateway 8080'],
  ],
  ['neither', ['!grafana', '!alertEngine'], ['get pods', '-c collector', '-c enrichment-processor']],
] as const;

describe.each(helms)('%s: the notes end with three commands', (_, variable) => {
  test.each(cases)('%s', (_name, parts, ends) => {
    const settings = parts.map((part) =>
      part.startsWith('!') ? `--set=${part.slice(1)}.enabled=false` : `--set=${part}.enabled=true`,
    );
    const text = notes(variable, settings);
    const commands = text.split('\n').filter((line) => line.startsWith('  kubectl '));
    const next = text.slice(text.indexOf('\nNext:\n'));
    const last = next.split('\n').filter((line) => line !== '' && !/^Next:$|^ {2}#/.test(line));
    expect(last).toEqual(commands.slice(-3));
    expect(last).toHaveLength(3);
    ends.forEach((end, index) => {
      expect(last[index]).toContain(end);
    });
    const manifests = runHelm(variable, 'template', ...release, ...settings).stdout;
    for (const command of commands) {
      expect(command).toMatch(/^ {2}kubectl -n platform /);
      expect([command, isThere(command, manifests)]).toEqual([command, true]);
    }
    expect(text.includes('admin-password')).toBe(!settings.includes('--set=grafana.enabled=false'));
    expect(text.includes('Nothing sends yet?')).toBe(!settings.includes('--set=sampleServices.enabled=true'));
  });
});

test.each(helms)('%s installs nothing with a misspelt key, and names the nearest', (_, variable) => {
  const { status, stderr } = install(variable, ['--set=collector.resorces.limits.memory=2Gi']);
  expect(status).not.toBe(0);
  expect(stderr).toContain(
    'collector.resorces is not a setting of this chart. Did you mean collector.resources?',
  );
});
