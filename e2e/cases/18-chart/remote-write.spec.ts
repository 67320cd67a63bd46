import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@trace/telemetry/testing';
import { render } from '../../support/helm.ts';
import { executableIn } from '../../support/paths.ts';
import { eventually } from '../../support/wait.ts';
import { configMap } from './config-maps.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-chart-remote-write-'));
const seen: IncomingHttpHeaders[] = [];
const store = createServer((request, response) => {
  seen.push(request.headers);
  request.resume();
  request.on('end', () => response.writeHead(200).end());
});
let prometheus: ChildProcess;

afterAll(async () => {
  prometheus.kill('SIGTERM');
  await once(prometheus, 'close');
  store.close();
  rmSync(folder, { recursive: true });
});

test('Prometheus copies its samples with the configuration of the chart, signed for Amazon Managed Prometheus', async () => {
  store.listen(0, '127.0.0.1');
  await once(store, 'listening');
  const { port } = store.address() as AddressInfo;
  const manifests = render(
    `--set=prometheus.remoteWrite[0].url=http://127.0.0.1:${port}/api/v1/remote_write`,
    '--set=prometheus.remoteWrite[0].sigv4.region=eu-central-1',
  );
  const file = join(folder, 'prometheus.yaml');
  writeFileSync(file, configMap(manifests, 'trace-prometheus')['prometheus.yaml'] ?? '');
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${await freePort()}`,
  ];
  prometheus = spawn(executableIn('TRACE_BIN_PROMETHEUS'), args, {
    env: { AWS_ACCESS_KEY_ID: 'trace', AWS_SECRET_ACCESS_KEY: 'secret' },
    stdio: 'ignore',
  });
  // What it could not scrape is a sample too.
  const headers = await eventually('a copy', () => seen[0], { timeoutMillis: 120_000, intervalMillis: 100 });
  expect(headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=trace\/\d{8}\/eu-central-1\/aps\/aws4_request/,
  );
});
