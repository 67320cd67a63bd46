import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import type { WebhookAlert } from '../../support/webhook-receiver.ts';
import { chart } from '../../support/helm.ts';
import { executableIn } from '../../support/paths.ts';
import { apply, kubectl } from './kubectl.ts';

const labels = { app: 'webhook' };

/** Prints each body that it gets, a line each. */
const program = `require('node:http').createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => { console.log(Buffer.concat(chunks).toString()); response.end(); });
}).listen(8080);`;

interface Image {
  readonly registry: string;
  readonly repository: string;
}

/** A receiver of notifications in the cluster, made of the sample services' image, and the Secret with its URL. */
export async function startWebhookPod(): Promise<void> {
  const shown = execFileSync(executableIn('TRACE_BIN_HELM'), ['show', 'values', chart], { encoding: 'utf8' });
  const version = execFileSync(executableIn('TRACE_BIN_HELM'), ['show', 'chart', chart], {
    encoding: 'utf8',
  });
  const { image } = (parse(shown) as { sampleServices: { image: Image } }).sampleServices;
  const { appVersion } = parse(version) as { appVersion: string };
  await apply(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'webhook', labels },
      spec: {
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'webhook',
            image: `${image.registry}/${image.repository}:${appVersion}`,
            imagePullPolicy: 'IfNotPresent',
            command: ['/usr/local/bin/node', '-e', program],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'webhook' },
      spec: { selector: labels, ports: [{ port: 8080 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'webhook' },
      stringData: { url: 'http://webhook:8080/' },
    },
  );
  await kubectl('wait', '--for=condition=Ready', 'pod/webhook', '--timeout=2m');
}

/** Every alert that came so far. */
export async function receivedAlerts(): Promise<WebhookAlert[]> {
  const lines = (await kubectl('logs', 'webhook')).split('\n').filter((line) => line.startsWith('{'));
  return lines.flatMap((line) => (JSON.parse(line) as { alerts: WebhookAlert[] }).alerts);
}
