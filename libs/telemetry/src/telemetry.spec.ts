import { join } from 'node:path';
import { Child, eventually, OtlpSink, type SentSpan } from './testing';

const SERVICE = join(__dirname, '../fixtures/service.cjs');
const WITH_REQUIRE = ['--require', '@trace/telemetry/register', SERVICE];
const IMPORT_FIRST = [SERVICE, '--import-first'];
const SERVER = 2;
const ERROR = 2;

jest.setTimeout(120_000);

async function urlOf(service: Child): Promise<string> {
  return `http://127.0.0.1:${String((await service.line('listening')).port)}`;
}

describe.each([
  ['node --require', WITH_REQUIRE],
  ["import '@trace/telemetry/register' first", IMPORT_FIRST],
])('a Nest service with %s', (_how, args) => {
  let sink: OtlpSink;
  let service: Child;
  let url: string;

  beforeAll(async () => {
    sink = await OtlpSink.listen();
    service = Child.start(args, {
      ...sink.env,
      OTEL_SERVICE_NAME: 'fixture',
      OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=tests,host.name=chosen',
    });
    url = await urlOf(service);
  });

  afterAll(async () => {
    await service.stop('SIGKILL');
    await sink.close();
  });

  const spansOf = (traceId: string): Promise<SentSpan[]> =>
    eventually(`spans of ${traceId}`, () => {
      const spans = sink.spans.filter((span) => span.traceId === traceId);
      return spans.length > 0 ? spans : undefined;
    });

  it('makes one server span, and answers with its id', async () => {
    const response = await fetch(`${url}/hello/bob`);
    const [, traceId = '', spanId] =
      /^trace;desc="00-([0-9a-f]{32})-([0-9a-f]{16})-01"$/.exec(
        response.headers.get('server-timing') ?? '',
      ) ?? [];
    const spans = await spansOf(traceId);
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      service: 'fixture',
      spanId,
      name: 'GET /hello/:name',
      kind: SERVER,
      status: 0,
      attributes: { 'http.route': '/hello/:name' },
    });
    expect(spans[0]?.parentSpanId).toBeUndefined();
  });

  it('goes on with the trace of the caller', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await fetch(`${url}/hello/bob`, {
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    const spans = await spansOf(traceId);
    expect(spans[0]?.parentSpanId).toBe('b7ad6b7169203331');
  });

  it('hands the baggage of the caller to the service', async () => {
    const response = await fetch(`${url}/baggage`, { headers: { baggage: 'session.id=s-42' } });
    expect(await response.text()).toBe('s-42');
  });

  it('sends log records with the ids of their span, and prints them', async () => {
    const response = await fetch(`${url}/hello/carol`);
    const traceId = (response.headers.get('server-timing') ?? '').split('-')[1];
    const log = await eventually('log', () => sink.logs.find((record) => record.traceId === traceId));
    expect(log).toMatchObject({
      service: 'fixture',
      severity: 'info',
      body: 'hello',
      attributes: { item: 'tea' },
    });
    const line = service.lines.find((text) => text.includes(traceId ?? '-'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      msg: 'hello',
      trace_id: traceId,
      span_id: log.spanId,
    });
  });

  it('marks a failure as one, with its exception', async () => {
    const response = await fetch(`${url}/fail`);
    expect(response.status).toBe(500);
    const traceId = (response.headers.get('server-timing') ?? '').split('-')[1] ?? '';
    const [span] = await spansOf(traceId);
    expect(span?.status).toBe(ERROR);
    expect(span?.events).toMatchObject([
      { name: 'exception', attributes: { 'exception.message': 'broken' } },
    ]);
    const log = await eventually('log', () => sink.logs.find((record) => record.traceId === traceId));
    expect(log).toMatchObject({
      severity: 'error',
      attributes: { 'exception.type': 'Error', 'exception.message': 'broken' },
    });
  });

  it('keeps the timings that the service sets itself', async () => {
    const response = await fetch(`${url}/timed`);
    expect(response.headers.get('server-timing')).toMatch(/^db;dur=5, trace;desc="00-/);
  });

  it('does not trace health checks', async () => {
    const health = await fetch(`${url}/health?probe=1`);
    expect(health.headers.get('server-timing')).toBeNull();
    const response = await fetch(`${url}/hello/dave`);
    await spansOf((response.headers.get('server-timing') ?? '').split('-')[1] ?? '');
    expect(
      sink.spans.map(({ name }) => name).filter((name) => !/^GET \/(hello|fail|timed|baggage)/.test(name)),
    ).toEqual([]);
  });

  it('says who sends, in words of the environment before detected ones', async () => {
    const resource = await eventually('resource', () => sink.resources.get('fixture'));
    expect(resource).toMatchObject({
      'service.namespace': 'tests',
      'host.name': 'chosen',
      'telemetry.sdk.language': 'nodejs',
    });
    expect(Object.keys(resource)).toEqual(
      expect.arrayContaining(['host.arch', 'os.type', 'process.pid', 'service.instance.id']),
    );
  });

  it('sends cumulative metrics, its own losses among them', async () => {
    await eventually('metric', () =>
      sink.metrics.has('otel.sdk.processor.span.processed') ? true : undefined,
    );
    expect(sink.metrics.get('http.server.request.duration')).toBe(2);
    expect(sink.metrics.get('otel.sdk.processor.span.processed')).toBe(2);
    // The fixture calls nobody: this would be the export of the telemetry itself.
    expect(sink.metrics.has('http.client.request.duration')).toBe(false);
  });
});

describe('the end of a service', () => {
  let sink: OtlpSink;
  beforeAll(async () => {
    sink = await OtlpSink.listen();
  });
  afterAll(() => sink.close());

  it('sends what is queued once Nest has closed, and ends by the signal', async () => {
    const service = Child.start(WITH_REQUIRE, {
      ...sink.env,
      OTEL_BSP_SCHEDULE_DELAY: '60000',
      OTEL_BLRP_SCHEDULE_DELAY: '60000',
    });
    const response = await fetch(`${await urlOf(service)}/hello/erin`);
    await response.text();
    expect(sink.spans).toHaveLength(0);
    expect(await service.stop()).toMatchObject({ signal: 'SIGTERM' });
    expect(sink.spans.map(({ name }) => name)).toEqual(['GET /hello/:name']);
    expect(sink.logs.some(({ body }) => body === 'hello')).toBe(true);
  });

  it('waits for a Collector that is away only until the deadline, and says so in a line or two', async () => {
    const service = Child.start(WITH_REQUIRE, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
    const url = await urlOf(service);
    for (let i = 0; i < 20; i++) {
      expect((await fetch(`${url}/hello/frank`)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const end = await service.stop();
    expect(end.millis).toBeLessThan(30_000);
    expect(service.errors.length).toBeGreaterThanOrEqual(1);
    expect(service.errors.length).toBeLessThanOrEqual(2);
    expect(service.errors.join('\n')).toContain('ECONNREFUSED');
  });

  it('is a plain service with OTEL_SDK_DISABLED', async () => {
    const service = Child.start(WITH_REQUIRE, { OTEL_SDK_DISABLED: 'true' });
    const response = await fetch(`${await urlOf(service)}/hello/grace`);
    expect(response.status).toBe(200);
    expect(response.headers.get('server-timing')).toBeNull();
    expect(await service.stop()).toMatchObject({ signal: 'SIGTERM' });
  });
});
