import type { EngineProcess } from './testing/engine-process';
import { tracesRequest, type TestSpan } from './testing/otlp-encode';
import { RulesUnderTest } from './testing/rules-under-test';
import type { WebhookReceiver } from './testing/webhook-receiver';

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
  let rules: RulesUnderTest;
  let webhook: WebhookReceiver;
  let engine: EngineProcess;

  beforeAll(async () => {
    rules = await RulesUnderTest.start('kubernetes.yaml');
    ({ engine, webhook } = rules);
  });
  afterAll(() => rules.stop());

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
