import { encodeBytesField, encodeVarintField } from '@trace/otlp';
import { randomBytes } from 'node:crypto';
import type { EngineProcess } from './testing/engine-process';
import { attributes, fixed64, tracesRequest, type TestSpan } from './testing/otlp-encode';
import { RulesUnderTest } from './testing/rules-under-test';
import type { WebhookReceiver } from './testing/webhook-receiver';

const CONSUMER = 5;
const ERROR = 17;

const traceId = 'ab'.repeat(16);
const spans = (count: number, of: Partial<TestSpan> = {}): TestSpan[] =>
  Array.from({ length: count }, () => ({
    endMillis: Date.now(),
    durationMillis: 5,
    parentSpanId: PARENT,
    ...of,
  }));
const PARENT = 'cd'.repeat(8);
const CREATE_ORDER = { 'rpc.service': 'trace.samples.orders.v1.OrdersService', 'rpc.method': 'CreateOrder' };
const GET_USER = { 'rpc.service': 'trace.samples.users.v1.UsersService', 'rpc.method': 'GetUser' };

function logsRequest(service: string, lines: readonly string[]): Buffer {
  const records = lines.map((line) =>
    Buffer.concat([
      fixed64(1, BigInt(Date.now()) * 1_000_000n),
      encodeVarintField(2, ERROR),
      encodeBytesField(5, encodeBytesField(1, line)),
      encodeBytesField(9, Buffer.from(traceId, 'hex')),
      encodeBytesField(10, randomBytes(8)),
    ]),
  );
  const scope = Buffer.concat(records.map((record) => encodeBytesField(2, record)));
  const resource = encodeBytesField(1, attributes(1, { 'service.name': service }));
  return encodeBytesField(1, Buffer.concat([resource, encodeBytesField(2, scope)]));
}

describe('the rules for the sample services', () => {
  let rules: RulesUnderTest;
  let webhook: WebhookReceiver;
  let engine: EngineProcess;

  beforeAll(async () => {
    rules = await RulesUnderTest.start('sample-services.yaml');
    ({ engine, webhook } = rules);
  });
  afterAll(() => rules.stop());

  it.each([
    {
      alertname: 'RetryStorm',
      labels: { service_name: 'users' },
      enough: () => tracesRequest([['users', spans(9, { traceId, attributes: GET_USER })]]),
      tooFew: () =>
        tracesRequest([['users', [...spans(8, { traceId }), ...spans(20, { attributes: GET_USER })]]]),
      evidence: { value: '9', threshold: '8', trace_ids: traceId },
    },
    {
      alertname: 'PoisonedMessage',
      labels: { service_name: 'consumer' },
      enough: () => tracesRequest([['consumer', spans(2, { kind: CONSUMER, traceId, error: true })]]),
      tooFew: () =>
        tracesRequest([
          [
            'consumer',
            [...spans(2, { kind: CONSUMER, traceId }), ...spans(3, { kind: CONSUMER, error: true })],
          ],
        ]),
      evidence: { value: '2', threshold: '1', trace_ids: traceId },
    },
    {
      alertname: 'MissingTraceContext',
      labels: { service_name: 'orders' },
      enough: () =>
        tracesRequest([['orders', spans(6, { traceId, parentSpanId: '', attributes: CREATE_ORDER })]]),
      tooFew: () => tracesRequest([['orders', [...spans(9), ...spans(9, { parentSpanId: '' })]]]),
      evidence: { value: '6', threshold: '5', trace_ids: traceId },
    },
    {
      alertname: 'ClockSkew',
      labels: { service_name: 'payments', host_name: 'b' },
      enough: () =>
        tracesRequest([['payments', spans(4, { traceId, endMillis: Date.now() + 60_000 })]], {
          'host.name': 'b',
        }),
      tooFew: () =>
        tracesRequest([['payments', [...spans(3, { endMillis: Date.now() + 60_000 }), ...spans(3)]]]),
      evidence: {
        value: expect.stringMatching(/^(60|59\.\d)s$/) as string,
        threshold: '5s',
        trace_ids: traceId,
      },
    },
    {
      alertname: 'RequestTimeouts',
      labels: { service_name: 'gateway' },
      signal: 'logs' as const,
      enough: () =>
        logsRequest(
          'gateway',
          ['1', '2', '3', '4', '5'].map((n) => `Request timeout ${n}`).concat('503 Service Unavailable'),
        ),
      tooFew: () => logsRequest('gateway-2', ['request timeout', ...Array<string>(9).fill('all is well')]),
      evidence: {
        value: '6',
        threshold: '5',
        trace_ids: traceId,
        log_lines: 'Request timeout 1',
      },
    },
  ])('$alertname fires with its evidence, and not before', async (rule) => {
    const { alertname, labels, signal = 'traces', enough, tooFew, evidence } = rule;
    await engine.export(tooFew(), signal);
    await engine.export(enough(), signal);
    const ours = (): typeof webhook.alerts =>
      webhook.alerts.filter((alert) => alert.labels.alertname === alertname);
    await webhook.until(() => ours().length > 0);
    expect(ours()).toMatchObject([{ status: 'firing', labels, annotations: evidence }]);
  });
});
