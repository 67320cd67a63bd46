import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnrichmentProcessor } from '../../support/enrichment-processor.ts';
import { render } from '../../support/helm.ts';
import { OtlpCapture, type CapturedAttributes } from '../../support/otlp-capture.ts';
import { newSpans, tracesBody } from '../../support/otlp-http.ts';
import { eventually } from '../../support/wait.ts';
import { RenderedCollector } from './rendered-collector.ts';

const UNAUTHENTICATED = '16';
const UNIMPLEMENTED = '12';
const EXPORT_TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

const secret = mkdtempSync(join(tmpdir(), 'trace-chart-tokens-'));
const tempo = new OtlpCapture();
const collector = new RenderedCollector();
let processor: EnrichmentProcessor;

beforeAll(async () => {
  writeTokens('first # of the shop');
  await tempo.start();
  await collector.choosePorts();
  processor = new EnrichmentProcessor({ downstream: collector.address(4327) });
  await processor.start();
  const open = '--set=collector.external.enabled=true';
  await collector.start(render(open), `127.0.0.1:${processor.port}`, {
    TRACE_EXTERNAL_TOKENS_FILE: join(secret, 'tokens'),
    TRACE_TEMPO_ENDPOINT: tempo.address,
  });
});

afterAll(async () => {
  await collector.remove();
  await processor.remove();
  await tempo.stop();
  rmSync(secret, { recursive: true });
});

/** As the kubelet writes a Secret's volume: a new folder, a link to it that changes in one step, the old one gone. */
function writeTokens(text: string): void {
  const data = join(secret, '..data');
  const before = existsSync(data) ? readlinkSync(data) : undefined;
  const version = `..${randomUUID()}`;
  mkdirSync(join(secret, version));
  writeFileSync(join(secret, version, 'tokens'), text);
  symlinkSync(version, join(secret, '..data_tmp'));
  renameSync(join(secret, '..data_tmp'), data);
  if (before === undefined) symlinkSync(join('..data', 'tokens'), join(secret, 'tokens'));
  else rmSync(join(secret, before), { recursive: true });
}

async function post(port: 4318 | 4338, service: string, authorization?: string): Promise<number> {
  const response = await fetch(`http://${collector.address(port)}/v1/traces`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: JSON.stringify(tracesBody([[service, newSpans(1)]])),
  });
  await response.arrayBuffer();
  return response.status;
}

/** The grpc-status of an empty request. */
async function call(port: 4317 | 4337, path: string, authorization?: string): Promise<string> {
  const session = connect(`http://${collector.address(port)}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(authorization === undefined ? {} : { authorization }),
  });
  stream.end(Buffer.alloc(5));
  const status = await new Promise<string>((resolve, reject) => {
    const read = (headers: Readonly<Record<string, string | string[] | number | undefined>>): void => {
      const value = headers['grpc-status'];
      if (typeof value === 'string' || typeof value === 'number') resolve(String(value));
    };
    stream.once('response', read);
    stream.once('trailers', read);
    stream.once('error', reject);
    stream.resume();
  });
  session.destroy();
  return status;
}

function resourceOf(service: string): Promise<CapturedAttributes> {
  return eventually(
    `${service} at Tempo`,
    () => tempo.resources().find((resource) => resource['service.name'] === service),
    { timeoutMillis: 60_000, intervalMillis: 50 },
  );
}

test.each([
  ['no token', undefined],
  ['another token', 'Bearer second'],
  ['the token with another scheme', 'Basic first'],
  ['the comment beside the token', 'Bearer first # of the shop'],
])('from outside with %s: 401, and UNAUTHENTICATED', async (_, authorization) => {
  expect(await post(4338, 'stranger', authorization)).toBe(401);
  expect(await call(4337, EXPORT_TRACES, authorization)).toBe(UNAUTHENTICATED);
});

test('with the token both protocols are served; inside of the cluster nobody needs one', async () => {
  expect(await post(4338, 'outside', 'Bearer first')).toBe(200);
  expect(await call(4337, EXPORT_TRACES, 'Bearer first')).toBe('0');
  expect(await post(4318, 'inside')).toBe(200);
  expect(await call(4317, EXPORT_TRACES)).toBe('0');
});

test('both are enriched, and the ingress controller is not taken for the pod that sent', async () => {
  const [outside, inside] = await Promise.all([resourceOf('outside'), resourceOf('inside')]);
  expect(inside).toMatchObject({ ...EnrichmentProcessor.attributes, 'k8s.pod.ip': '127.0.0.1' });
  expect(outside).toMatchObject(EnrichmentProcessor.attributes);
  expect(outside).not.toHaveProperty('k8s.pod.ip');
  expect(tempo.resources().filter((resource) => resource['service.name'] === 'stranger')).toEqual([]);
});

test("an ALB's health check of gRPC gets the answer that k8s/eks/values.yaml says, without a token", async () => {
  expect(await call(4337, '/AWS.ALB/healthcheck')).toBe(UNIMPLEMENTED);
});

test('a token is added, and one taken away, while the Collector runs', async () => {
  const whenStatus = (status: number, token: string): Promise<true> =>
    eventually(
      `${token} gets ${status}`,
      async () => (await post(4338, 'outside', `Bearer ${token}`)) === status || undefined,
      { timeoutMillis: 60_000, intervalMillis: 100 },
    );
  writeTokens('first\nsecond');
  await whenStatus(200, 'second');
  await whenStatus(200, 'first');
  writeTokens('second');
  await whenStatus(401, 'first');
  await whenStatus(200, 'second');
});
