import { render } from '../../support/helm.ts';
import { allowedConnections, waysOut } from './connections.ts';

/** The arrows of docs/data-path.md, and those of the sample services among themselves. */
const ARROWS = [
  'any pod of the cluster → collector:4317',
  'any pod of the cluster → collector:4318',
  // What the nodes' agents have read, on a port that nobody else has.
  'agent → collector:4316',
  'collector → tempo:14317',
  'collector → loki:3100',
  'collector → prometheus:9090',
  'collector → alert-engine:4330',
  // RED metrics of Tempo's generator.
  'tempo → prometheus:9090',
  // Rules that ask.
  'alert-engine → prometheus:9090',
  // The platform's own figures.
  'prometheus → collector:8888',
  'prometheus → collector:9464',
  'prometheus → alert-engine:8090',
  'prometheus → tempo:3200',
  'prometheus → loki:3100',
  // Receivers of notifications may be anywhere, and the Collector is there for everybody.
  'alert-engine → collector:4317',
  'alert-engine → collector:4318',
];
/** `helm test` sends, looks for what it sent, and reads the figures of who kept it back. */
const SMOKE_TEST = [
  'smoke-test → collector:4318',
  'smoke-test → collector:8888',
  'smoke-test → collector:9464',
  'smoke-test → tempo:3200',
  'smoke-test → loki:3100',
  'smoke-test → prometheus:9090',
  'smoke-test → alert-engine:8090',
];
const GRAFANA = ['grafana → tempo:3200', 'grafana → loki:3100', 'grafana → prometheus:9090'];
const SAMPLES = ['gateway', 'users', 'orders', 'payments', 'producer', 'consumer', 'load'];
const SHOP = [
  'load → gateway:8080',
  'gateway → users:50051',
  'gateway → orders:50052',
  'orders → users:50051',
  ...['orders', 'payments', 'producer', 'consumer'].map((role) => `${role} → nats:4222`),
  ...SAMPLES.map((role) => `${role} → collector:4318`),
];
const sorted = (...arrows: readonly string[]): string[] => [...arrows].sort();

test('by default only the arrows of the data path are allowed', () => {
  expect(allowedConnections(render())).toEqual(sorted(...ARROWS, ...SMOKE_TEST, ...GRAFANA));
});

test('without an agent there is no port for it', () => {
  const without = ARROWS.filter((arrow) => !arrow.startsWith('agent'));
  expect(allowedConnections(render('--set=agent.enabled=false'))).toEqual(
    sorted(...without, ...SMOKE_TEST, ...GRAFANA),
  );
});

test('the sample services may speak to the Collector and to whom they call', () => {
  const manifests = render('--set=sampleServices.enabled=true,grafana.enabled=false');
  expect(allowedConnections(manifests)).toEqual(sorted(...ARROWS, ...SMOKE_TEST, ...SHOP));
});

test('with Kafka the second Collector alone writes to the backends, and both may go out to the brokers', () => {
  const manifests = render(
    '--set=kafka.enabled=true,grafana.enabled=false,rbac.create=false',
    '--set=kafka.brokers={b-1.example.com:9096,b-2.example.com:9096}',
  );
  const arrows = ARROWS.map((arrow) =>
    arrow.replace(/^collector → (tempo|loki|prometheus)/, 'kafka-reader → $1'),
  );
  const scraped = 'prometheus → kafka-reader:8888';
  expect(allowedConnections(manifests)).toEqual(sorted(...arrows, scraped, ...SMOKE_TEST));
  const { collector, 'kafka-reader': reader } = waysOut(manifests);
  expect({ collector, reader }).toEqual({ collector: [9096], reader: [9096] });
});

test('out of the cluster go the look at the API server, notifications, and external backends on their ports', () => {
  expect(waysOut(render())).toEqual({
    collector: [443, 6443],
    'alert-engine': ['any'],
    tempo: [],
    loki: [],
    prometheus: [],
    grafana: [],
    'smoke-test': [],
    // The kubelet.
    agent: [10250],
  });
  const external = waysOut(
    render(
      '--set=tempo.enabled=false,tempo.external.endpoint=tempo.example.com:4317',
      '--set=loki.enabled=false,loki.external.endpoint=https://loki.example.com',
      '--set=grafana.enabled=false,rbac.create=false',
    ),
  );
  expect(external.collector).toEqual([4317, 443]);
});

test('what is open to the outside: of the Collector only the ports that want a token, and nothing that was not asked for', () => {
  const ingress = 'allowedFrom[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name=elsewhere';
  const added = (...settings: readonly string[]): string[] => {
    const closed = allowedConnections(render());
    return allowedConnections(render(...settings.map((setting) => `--set=${setting}`))).filter(
      // The alert engine may go anywhere: where others come in, so may it.
      (connection) => !closed.includes(connection) && !connection.startsWith('alert-engine →'),
    );
  };
  expect(added('collector.external.enabled=true')).toEqual([]);
  expect(added('collector.external.enabled=true', `collector.external.${ingress}`)).toEqual([
    'any pod of the cluster → collector:13133',
    'any pod of the cluster → collector:4337',
    'any pod of the cluster → collector:4338',
  ]);
  expect(added(`grafana.${ingress}`, `alertEngine.${ingress}`)).toEqual([
    'any pod of the cluster → alert-engine:8090',
    'any pod of the cluster → grafana:3000',
  ]);
  expect(added(`serviceMonitor.${ingress}`)).toEqual([]);
  expect(added('serviceMonitor.enabled=true', `serviceMonitor.${ingress}`)).toEqual([
    'any pod of the cluster → alert-engine:8090',
    'any pod of the cluster → collector:8888',
    'any pod of the cluster → collector:9464',
    'any pod of the cluster → loki:3100',
    'any pod of the cluster → prometheus:9090',
    'any pod of the cluster → tempo:3200',
  ]);
});

test('a bucket is reached on its port, and the credentials of AWS with it', () => {
  const open = waysOut(
    render(
      '--set=tempo.storage.s3.bucket=traces,tempo.storage.s3.region=eu-central-1',
      '--set=loki.storage.s3.bucket=logs,loki.storage.s3.endpoint=minio.example.com:9000,loki.storage.s3.insecure=true',
      '--set=prometheus.remoteWrite[0].url=https://aps-workspaces.example.com/api/v1/remote_write',
    ),
  );
  expect(open).toMatchObject({ tempo: [443], loki: [9000, 443], prometheus: [443] });
});
