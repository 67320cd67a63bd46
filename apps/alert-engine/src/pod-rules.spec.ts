import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EngineHome, EngineProcess } from './testing/engine-process';
import { tracesRequest, type TestSpan } from './testing/otlp-encode';
import { WebhookReceiver } from './testing/webhook-receiver';

const RULES = join(__dirname, '..', 'config', 'rules', 'kubernetes.yaml');
const REQUESTS = 20;

/** As the enrichment processor leaves it. */
const podOf = (name: string): Readonly<Record<string, string>> => ({
  'service.owner': 'team-accounts',
  'k8s.namespace.name': 'shop',
  'k8s.pod.name': name,
  'k8s.node.name': 'node-1',
});
const spans = (of: Partial<TestSpan>): TestSpan[] =>
  Array.from({ length: REQUESTS }, () => ({ endMillis: Date.now(), durationMillis: 5, ...of }));

describe('the rules for a cluster', () => {
  let home: EngineHome;
  let webhook: WebhookReceiver;
  let engine: EngineProcess;

  beforeAll(async () => {
    home = new EngineHome({}, parse(readFileSync(RULES, 'utf8')));
    webhook = await WebhookReceiver.start();
    engine = await EngineProcess.start(home, webhook.url);
  });
  afterAll(async () => {
    await engine.kill();
    await webhook.stop();
    home.remove();
  });

  it.each([
    { alertname: 'PodErrors', bad: { error: true } },
    { alertname: 'PodLatency', bad: { durationMillis: 1500 } },
  ])('$alertname names the one bad pod, its node and its owner', async ({ alertname, bad }) => {
    await engine.export(tracesRequest([['users', spans({})]], podOf('users-good')), 'traces');
    await engine.export(tracesRequest([['users', spans(bad)]], podOf(`users-${alertname}`)), 'traces');
    const ours = (): typeof webhook.alerts =>
      webhook.alerts.filter(({ labels }) => labels.alertname === alertname);
    await webhook.until(() => ours().length > 0);
    expect(ours()).toMatchObject([
      {
        status: 'firing',
        labels: {
          service_name: 'users',
          service_owner: 'team-accounts',
          k8s_namespace_name: 'shop',
          k8s_pod_name: `users-${alertname}`,
          k8s_node_name: 'node-1',
        },
      },
    ]);
  });
});
