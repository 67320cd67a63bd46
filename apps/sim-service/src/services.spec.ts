import { eventually, OtlpSink, spanTree, type SentSpan } from '@trace/telemetry/testing';
import type { Problem } from './problem/problem';
import { Services } from './testing/services';

jest.setTimeout(180_000);

interface Answer {
  readonly status: number;
  readonly traceId: string;
  readonly type: string;
  readonly body: unknown;
}

describe('the three roles', () => {
  let sink: OtlpSink;
  let services: Services;

  beforeAll(async () => {
    sink = await OtlpSink.listen();
    services = await Services.prepare();
    const roles = (['gateway', 'users', 'orders'] as const).map((role) => services.start(role, sink));
    await Promise.all(roles.map((child) => child.line('listening')));
  });

  afterAll(async () => {
    await services.close();
    await sink.close();
  });

  async function send(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${services.url('gateway')}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : {
            body: typeof body === 'string' ? body : JSON.stringify(body),
            headers: { 'Content-Type': 'application/json' },
          }),
    });
    const text = await response.text();
    return {
      status: response.status,
      traceId: (response.headers.get('server-timing') ?? '').split('-')[1] ?? '',
      type: response.headers.get('content-type') ?? '',
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  const setFault = (role: 'gateway' | 'users' | 'orders', fault: object): Promise<Response> =>
    fetch(`${services.url(role)}/faults`, {
      method: 'PUT',
      body: JSON.stringify(fault),
      headers: { 'Content-Type': 'application/json' },
    });
  const clearFaults = (role: 'gateway' | 'users' | 'orders'): Promise<Response> =>
    fetch(`${services.url(role)}/faults`, { method: 'DELETE' });

  /** The spans of a trace once its root, the gateway's server span, is there with `count` in all. */
  const spansOf = ({ traceId }: Answer, count: number): Promise<SentSpan[]> =>
    eventually(`${count} spans of ${traceId}`, () => {
      const spans = sink.spans.filter((span) => span.traceId === traceId);
      return spans.length >= count ? spans : undefined;
    });

  it('leave one trace of a request, and log lines with its id in each', async () => {
    const answer = await send('GET', '/api/v1/users/1');
    expect(answer).toMatchObject({ status: 200, body: { id: '1' } });
    const tree = spanTree(await spansOf(answer, 3));
    if (process.env.PRINT_TREE !== undefined) process.stdout.write(`${tree.join('\n')}\n`);
    expect(tree).toEqual([
      'gateway SERVER GET /api/v1/users/:id',
      '  gateway CLIENT grpc.trace.samples.users.v1.UsersService/GetUser',
      '    users SERVER grpc.trace.samples.users.v1.UsersService/GetUser',
    ]);
    const logs = await eventually('two lines', () => {
      const lines = sink.logs.filter(({ traceId }) => traceId === answer.traceId);
      return lines.length >= 2 ? lines : undefined;
    });
    expect(logs.map(({ service, body }) => `${service}: ${String(body)}`).sort()).toEqual([
      'gateway: GET /api/v1/users/:id 200',
      'users: trace.samples.users.v1.UsersService/GetUser OK',
    ]);
    expect(logs.every(({ spanId }) => spanId !== '')).toBe(true);
    const ofCall = logs.find(({ service }) => service === 'users')?.attributes;
    // GetUserRequest { id: "1" } and a User, encoded.
    expect(ofCall).toMatchObject({ 'rpc.request.size': 3, 'rpc.grpc.status_code': 0 });
    expect(Number(ofCall?.['rpc.response.size'])).toBeGreaterThan(20);
    expect(sink.resources.get('users')).toMatchObject({
      'service.namespace': 'sample-services',
      'service.version': '0.1.0',
    });
  });

  it('keep users: created, read, changed, deleted', async () => {
    const fields = { name: 'Ada', email: 'ada@example.com' };
    const created = await send('POST', '/api/v1/users', fields);
    expect(created).toMatchObject({ status: 201, body: fields });
    const { id } = created.body as { id: string };
    expect(await send('GET', `/api/v1/users/${id}`)).toMatchObject({ status: 200, body: { id, ...fields } });
    expect(await send('POST', '/api/v1/users', fields)).toMatchObject({ status: 409 });
    const changed = { name: 'Ada L.', email: 'ada@example.com' };
    expect(await send('PUT', `/api/v1/users/${id}`, changed)).toMatchObject({
      status: 200,
      body: { id, ...changed },
    });
    const list = await send('GET', '/api/v1/users?limit=1');
    expect(list.body).toEqual({ users: [{ id, ...changed }], total: 51 });
    expect(await send('DELETE', `/api/v1/users/${id}`)).toMatchObject({ status: 204 });
    expect(await send('DELETE', `/api/v1/users/${id}`)).toMatchObject({ status: 404 });
  });

  it("do not take a caller's mistake for a failure of the service", async () => {
    const answer = await send('GET', '/api/v1/users/nobody');
    expect(answer).toMatchObject({
      status: 404,
      type: expect.stringMatching(/^application\/problem\+json/) as string,
      body: { title: 'Not Found', detail: 'there is no user nobody', trace_id: answer.traceId },
    });
    expect(spanTree(await spansOf(answer, 3))).toEqual([
      'gateway SERVER GET /api/v1/users/:id',
      '  gateway CLIENT grpc.trace.samples.users.v1.UsersService/GetUser ERROR',
      '    users SERVER grpc.trace.samples.users.v1.UsersService/GetUser',
    ]);
    const order = { userId: 'nobody', items: [{ sku: 'tea', quantity: 2 }] };
    expect(await send('POST', '/api/v1/orders', order)).toMatchObject({ status: 404 });
  });

  it('fail on demand, with an error span, its exception and an error log', async () => {
    const answer = await send('GET', '/api/v1/error');
    expect(answer).toMatchObject({ status: 500, body: { status: 500, trace_id: answer.traceId } });
    expect(JSON.stringify(answer.body)).not.toContain('always fails');
    const [span] = await spansOf(answer, 1);
    expect(span).toMatchObject({
      status: 2,
      events: [{ name: 'exception', attributes: { 'exception.message': 'this endpoint always fails' } }],
    });
    const log = await eventually('error log', () =>
      sink.logs.find(({ traceId, severity }) => traceId === answer.traceId && severity === 'error'),
    );
    expect(log.attributes['exception.message']).toBe('this endpoint always fails');
  });

  it('are slow inside the server span while a latency fault is on', async () => {
    await setFault('users', { route: 'trace.samples.users.v1.UsersService/GetUser', latencyMillis: 300 });
    const answer = await send('GET', '/api/v1/users/1');
    await clearFaults('users');
    const spans = await spansOf(answer, 3);
    const millis = spans.map(({ startNanos, endNanos }) => Number(endNanos - startNanos) / 1e6);
    expect(Math.min(...millis)).toBeGreaterThanOrEqual(295);
    // On a busy machine one may be slow by itself, but not all.
    let quickest = Infinity;
    for (let tries = 0; quickest >= 295 && tries < 20; tries += 1) {
      const [span] = await spansOf(await send('GET', '/api/v1/users/1'), 1);
      quickest = Math.min(quickest, Number(span!.endNanos - span!.startNanos) / 1e6);
    }
    expect(quickest).toBeLessThan(295);
  });

  it('fail in every span up to the gateway while an error fault is on', async () => {
    await setFault('users', { errorRate: 1 });
    const answer = await send('GET', '/api/v1/users/1');
    await clearFaults('users');
    expect(answer).toMatchObject({ status: 502, body: { detail: 'injected fault' } });
    const spans = await spansOf(answer, 3);
    expect(spans.map(({ status }) => status)).toEqual([2, 2, 2]);
    const deepest = spans.find(({ service }) => service === 'users');
    expect(deepest?.events.map(({ name }) => name)).toEqual(['exception']);
    await setFault('gateway', { route: '/api/v1/users/:id', errorRate: 1 });
    expect(await send('GET', '/api/v1/users/1')).toMatchObject({ status: 500 });
    expect(await send('GET', '/api/v1/users')).toMatchObject({ status: 200 });
    await clearFaults('gateway');
  });

  it('make no spans of health checks and faults', async () => {
    const response = await fetch(`${services.url('orders')}/health`);
    // No broker runs here.
    expect(await response.json()).toMatchObject({
      status: 'error',
      role: 'orders',
      info: { users: { status: 'up' } },
      error: { broker: { status: 'down', state: 'disconnected', required: true, system: 'nats' } },
    });
    expect(await (await fetch(`${services.url('orders')}/healthz`)).json()).toEqual({ status: 'ok' });
    const answer = await send('GET', '/api/v1/users/1');
    await spansOf(answer, 3);
    expect(sink.spans.filter(({ name }) => /health|faults/.test(name))).toEqual([]);
    expect(
      sink.spans.filter(({ service, name }) => service !== 'gateway' && !name.startsWith('grpc.')),
    ).toEqual([]);
  });

  it('say 503 while a service is away, and end in order', async () => {
    const users = services.children.get('users')!;
    expect(await users.stop()).toMatchObject({ code: 0 });
    const answer = await send('GET', '/api/v1/users/1');
    expect(answer).toMatchObject({ status: 503, body: { trace_id: answer.traceId } });
    expect((answer.body as Problem).title).toBe('Service Unavailable');
    const end = await services.children.get('gateway')!.stop();
    expect(end).toMatchObject({ code: 0 });
    expect(end.millis).toBeLessThan(30_000);
  });
});
