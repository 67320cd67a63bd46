import { apply, namespace } from './support/kubectl.ts';
import { PortForward } from './support/port-forward.ts';
import { startWebhookPod } from './support/webhook-pod.ts';

beforeAll(async () => {
  // The whole chart keeps to the strictest standard, or its pods are refused.
  const enforced = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: enforced } });
  await startWebhookPod();
});

afterAll(() => {
  PortForward.closeAll();
});

// One release, from its installation to its end: the order of these is that of the tests.
import './installed.ts';
import './agent.ts';
import './changed.ts';
