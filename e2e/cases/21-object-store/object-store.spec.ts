import { globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spansOfTrace } from '../../../launcher/src/backends/traces.ts';
import { logLines } from '../../support/backends.ts';
import { render } from '../../support/helm.ts';
import { logsBody, newSpans, newTraceId, postOtlp, tracesBody } from '../../support/otlp-http.ts';
import { executableIn } from '../../support/paths.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { workloadsOf } from '../18-chart/workloads.ts';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'trace', AWS_SECRET_ACCESS_KEY: 'object-store-0815' };
const SOON = { timeoutMillis: 120_000, intervalMillis: 500 };
const traceId = newTraceId();
const started = Date.now() - 60_000;
let bucketsFolder = '';
let store: ServerProcess;
let stack: Stack;

beforeAll(async () => {
  store = await ServerProcess.prepare((folder, port) => {
    bucketsFolder = join(folder, 'buckets');
    for (const bucket of ['traces', 'logs']) mkdirSync(join(bucketsFolder, bucket), { recursive: true });
    return {
      executable: executableIn('TRACE_BIN_VERSITYGW'),
      args: ['--port', `127.0.0.1:${port}`, 'posix', bucketsFolder],
      env: {
        ROOT_ACCESS_KEY: CREDENTIALS.AWS_ACCESS_KEY_ID,
        ROOT_SECRET_KEY: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
      },
      data: bucketsFolder,
    };
  });
  await store.start();
  stack = await Stack.start({
    programs: ['enrichment-processor', 'otelcol', 'tempo', 'loki'],
    changes: {
      tempo: { env: environmentOf('tempo', 'traces') },
      loki: { env: environmentOf('loki', 'logs') },
    },
  });
});

afterAll(async () => {
  await stack.stop();
  await store.close();
});

/** What the chart gives a backend for a bucket, and the keys that come from a role elsewhere. */
function environmentOf(name: 'tempo' | 'loki', bucket: string): NodeJS.ProcessEnv {
  const s3 = [
    `bucket=${bucket}`,
    'region=us-east-1',
    `endpoint=127.0.0.1:${store.port}`,
    'insecure=true',
    'forcePathStyle=true',
  ];
  const manifests = render(...s3.map((setting) => `--set=${name}.storage.s3.${setting}`));
  const workload = workloadsOf(manifests).find(({ metadata }) => metadata.name === `trace-${name}`);
  const env = workload!.spec.template.spec.containers[0]!.env ?? [];
  const ofStore = env.filter(({ name: variable }) => /_(STORE|S3_\w+)$/.test(variable));
  expect(ofStore).toHaveLength(6);
  return {
    ...CREDENTIALS,
    ...Object.fromEntries(ofStore.map(({ name: variable, value }) => [variable, value])),
  };
}

const objects = (pattern: string): string[] => globSync(pattern, { cwd: bucketsFolder });

test('what Tempo and Loki were sent is in the buckets', async () => {
  expect(await postOtlp('traces', tracesBody([['kept', newSpans(20, { traceId })]]))).toBe(200);
  expect(
    await postOtlp('logs', logsBody('kept', [{ body: 'kept in a bucket', timeEpochMillis: Date.now() }])),
  ).toBe(200);
  await eventually(
    'the spans in Tempo',
    async () => (await spansOfTrace(traceId)).length === 20 || undefined,
    SOON,
  );
  await eventually(
    'the line in Loki',
    async () => (await logLines('{service_name="kept"}', { startEpochMillis: started }))[0],
    SOON,
  );
  await fetch('http://127.0.0.1:3200/flush');
  await fetch('http://127.0.0.1:3100/flush', { method: 'POST' });
  await eventually('a block of Tempo', () => objects('traces/single-tenant/*/data.parquet')[0], SOON);
  await eventually('a chunk of Loki', () => objects('logs/fake/*/*')[0], SOON);
});

test('it is found there when the volumes are new', async () => {
  // The Collector must have nothing to deliver again.
  await stack.program('otelcol').stop();
  for (const name of ['tempo', 'loki'] as const) {
    await stack.program(name).stop();
    rmSync(join(stack.home, 'data', name), { recursive: true });
  }
  expect(objects('logs/index/index_*/*')).not.toEqual([]);
  for (const name of ['tempo', 'loki'] as const) await stack.program(name).start();
  const spans = await eventually('the spans in Tempo', () => spansOfTrace(traceId), SOON);
  expect(spans).toHaveLength(20);
  const line = await eventually(
    'the line in Loki',
    async () => (await logLines('{service_name="kept"}', { startEpochMillis: started }))[0],
    SOON,
  );
  expect(line.line).toBe('kept in a bucket');
});
