import { eventually as sent, OtlpSink, spanTree, type SentSpan } from '@trace/telemetry/testing';
import { brokerKinds, BrokerProcess } from '../../support/brokers.ts';
import { type Answer, OpenApi, request } from '../../support/openapi.ts';
import { eventually } from '../../support/wait.ts';
import { OrderServices, type Role } from './services.ts';

const ORDER = { userId: '1', items: [{ sku: 'tea', quantity: 2 }] };
const SPANS_OF_AN_ORDER = 7;
const PATIENCE = { timeoutMillis: 120_000, intervalMillis: 100 };
const PRODUCER = 4;
const CONSUMER = 5;

// A broker that could not be had on this machine is left out; the launcher says so.
describe.each(brokerKinds.filter(({ variable }) => process.env[variable] !== undefined))(
  'an order that is paid for through $system',
  (kind) => {
    let sink: OtlpSink;
    let broker: BrokerProcess;
    let services: OrderServices;

    beforeAll(async () => {
      sink = await OtlpSink.listen();
      broker = await BrokerProcess.prepare(kind);
      services = await OrderServices.prepare(sink, broker.url);
      await services.start('users', 'orders', 'payments', 'gateway');
    });
    afterAll(async () => {
      await services.close();
      await broker.close();
      await sink.close();
    });

    const order = (body: object = ORDER): Promise<Answer> =>
      request(`${services.url('gateway')}/api/v1/orders`, 'POST', body);
    const health = (status: number, role: Role = 'payments'): Promise<Answer> =>
      eventually(
        `${role} is ${status}`,
        async () => {
          const answer = await request(`${services.url(role)}/health`, 'GET');
          return answer.status === status ? answer : undefined;
        },
        PATIENCE,
      );
    const fault = (role: Role, body: object): Promise<Answer> =>
      request(`${services.url(role)}/faults`, 'PUT', body);
    const clearFaults = (role: Role): Promise<Answer> => request(`${services.url(role)}/faults`, 'DELETE');
    const spansOf = ({ traceId }: Answer, count = SPANS_OF_AN_ORDER): Promise<SentSpan[]> =>
      sent(`${count} spans of ${traceId}`, () => {
        const spans = sink.spans.filter((span) => span.traceId === traceId);
        return spans.length >= count ? spans : undefined;
      });
    /** Once both have found each other through the broker. */
    const paid = (): Promise<Answer> =>
      eventually(
        'an order is paid',
        async () => {
          const answer = await order();
          return answer.status === 201 ? answer : undefined;
        },
        PATIENCE,
      );
    const metric = async (name: string): Promise<number> => {
      const { body } = await request(`${services.url('payments')}/metrics`, 'GET');
      return Number(
        String(body)
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    };

    it('is refused with 503 while the broker is away, and paid once it is there', async () => {
      const away = { status: 'down', system: kind.system, address: `127.0.0.1:${broker.port}` };
      for (const role of ['payments', 'orders'] as const) {
        expect((await health(503, role)).body).toMatchObject({
          status: 'error',
          role,
          error: { broker: { ...away, state: 'disconnected', required: true } },
        });
      }
      const answer = await order();
      expect(answer).toMatchObject({
        status: 503,
        type: expect.stringContaining('application/problem+json') as string,
        body: { detail: 'payments cannot be reached through the broker', trace_id: answer.traceId },
      });
      await broker.start();
      for (const role of ['payments', 'orders'] as const) {
        expect((await health(200, role)).body).toMatchObject({
          status: 'ok',
          error: {},
          details: { broker: { status: 'up', state: 'connected' } },
        });
      }
      await paid();
    });

    it('leaves one trace through all four services, and log lines with its id in each', async () => {
      const answer = await order();
      expect(answer).toMatchObject({ status: 201, body: { ...ORDER, totalQuantity: 2 } });
      const spans = await spansOf(answer);
      expect(spanTree(spans)).toEqual([
        'gateway SERVER POST /api/v1/orders',
        '  gateway CLIENT grpc.trace.samples.orders.v1.OrdersService/CreateOrder',
        '    orders SERVER grpc.trace.samples.orders.v1.OrdersService/CreateOrder',
        '      orders CLIENT grpc.trace.samples.users.v1.UsersService/GetUser',
        '        users SERVER grpc.trace.samples.users.v1.UsersService/GetUser',
        '      orders PRODUCER send payments',
        '        payments CONSUMER process payments',
      ]);
      for (const [spanKind, operation] of [
        [PRODUCER, 'send'],
        [CONSUMER, 'process'],
      ] as const) {
        expect(spans.find((span) => span.kind === spanKind)?.attributes).toMatchObject({
          'messaging.system': kind.system,
          'messaging.operation.name': operation,
          'messaging.operation.type': operation,
          'messaging.destination.name': 'payments',
          'messaging.message.id': expect.stringMatching(/^[\w-]{36}$/) as string,
          'server.address': '127.0.0.1',
          'server.port': broker.port,
        });
      }
      const ids = spans.flatMap(({ attributes }) => attributes['messaging.message.id'] ?? []);
      expect(new Set(ids).size).toBe(1);
      const logs = await sent('its lines', () => {
        const lines = sink.logs.filter(({ traceId }) => traceId === answer.traceId);
        return lines.length >= 5 ? lines : undefined;
      });
      expect(logs.map(({ service, body }) => `${service}: ${String(body)}`).sort()).toEqual([
        'gateway: POST /api/v1/orders 201',
        'orders: order accepted',
        'orders: trace.samples.orders.v1.OrdersService/CreateOrder OK',
        'payments: payment captured',
        'users: trace.samples.users.v1.UsersService/GetUser OK',
      ]);
    });

    it('is declined with 409 when it is too large, which is no error of payments', async () => {
      const items = Array.from({ length: 11 }, () => ({ sku: 'tea', quantity: 1000 }));
      const answer = await order({ userId: '1', items });
      expect(answer).toMatchObject({ status: 409, body: { detail: 'the payment was declined' } });
      const spans = await spansOf(answer);
      expect(spans.find((span) => span.kind === CONSUMER)?.status).toBe(0);
      expect(await metric('payments_total{outcome="declined"}')).toBe(1);
    });

    it('fails when payments fails, with an error in each span on the way', async () => {
      await fault('payments', { route: 'payments', errorRate: 1 });
      const answer = await order();
      await clearFaults('payments');
      expect(answer).toMatchObject({ status: 502, body: { detail: 'injected fault' } });
      const failed = (await spansOf(answer)).filter(({ status }) => status === 2);
      expect(failed.map(({ service }) => service).sort()).toEqual([
        'gateway',
        'gateway',
        'orders',
        'orders',
        'payments',
      ]);
      expect(await metric('payments_total{outcome="failed"}')).toBe(1);
      await paid();
    });

    it('is answered with 504 when payments takes too long', async () => {
      await fault('payments', { route: 'payments', latencyMillis: 7000 });
      const answer = await order();
      await clearFaults('payments');
      expect(answer).toMatchObject({ status: 504, body: { detail: 'no answer from payments in time' } });
    });

    it('is refused, not lost, when payments or the broker is killed, and paid when they are back', async () => {
      await services.stop('payments', 'SIGKILL');
      const answer = await order();
      // NATS knows that nobody is there; RabbitMQ keeps the request until its time is over.
      expect([503, 504]).toContain(answer.status);
      await services.start('payments');
      await paid();
      await broker.kill();
      expect([503, 504]).toContain((await order()).status);
      await Promise.all([health(503), health(503, 'orders')]);
      await broker.start();
      await Promise.all([health(200), health(200, 'orders')]);
      await paid();
    });

    it('shows the users that orders cannot do without, by itself', async () => {
      await services.stop('users', 'SIGKILL');
      expect((await health(503, 'orders')).body).toMatchObject({
        error: { users: { state: 'disconnected', required: true, system: 'grpc' } },
      });
      await services.start('users');
      expect((await health(200, 'orders')).body).toMatchObject({ info: { users: { state: 'connected' } } });
      await paid();
    });

    it('answers as its OpenAPI document says', async () => {
      const api = new OpenApi((await request(`${services.url('payments')}/openapi.json`, 'GET')).body);
      api.check('get', '/health', await health(200));
      api.check('get', '/healthz', await request(`${services.url('payments')}/healthz`, 'GET'));
      api.check('get', '/metrics', await request(`${services.url('payments')}/metrics`, 'GET'));
      expect(api.unused).toEqual([]);
    });

    it.each(['users', 'orders'] as const)(
      'asks %s, which says over HTTP how it is, as documented',
      async (role) => {
        const api = new OpenApi((await request(`${services.url(role)}/openapi.json`, 'GET')).body);
        for (const path of ['/health', '/healthz']) {
          api.check('get', path, await request(services.url(role) + path, 'GET'));
        }
        expect(api.unused).toEqual([]);
      },
    );

    it('is taken by a gateway that answers as its OpenAPI document says, whatever it is asked', async () => {
      const gateway = services.url('gateway');
      const api = new OpenApi((await request(`${gateway}/openapi.json`, 'GET')).body);
      const user = { name: 'Ada', email: 'ada-of-the-document@example.com' };
      const created = await request(`${gateway}/api/v1/users`, 'POST', user);
      const { id } = created.body as { id: string };
      const order = { userId: id, items: [{ sku: 'tea', quantity: 1 }] };
      const asked: [method: string, path: string, status: number, body?: unknown][] = [
        ['post', '/api/v1/users', 409, user],
        ['post', '/api/v1/users', 400, { name: '' }],
        ['get', '/api/v1/users', 200],
        ['get', '/api/v1/users/{id}', 200],
        ['put', '/api/v1/users/{id}', 200, { ...user, name: 'Ada L.' }],
        ['put', '/api/v1/users/{id}', 400, {}],
        ['post', '/api/v1/orders', 201, order],
        ['post', '/api/v1/orders', 400, { ...order, items: [] }],
        ['post', '/api/v1/orders', 404, { ...order, userId: 'nobody' }],
        ['delete', '/api/v1/users/{id}', 204],
        ['delete', '/api/v1/users/{id}', 404],
        ['get', '/api/v1/users/{id}', 404],
        ['get', '/api/v1/error', 500],
        ['get', '/health', 200],
        ['get', '/healthz', 200],
      ];
      api.check('post', '/api/v1/users', created);
      for (const [method, path, status, body] of asked) {
        const answer = await request(gateway + path.replace('{id}', id), method.toUpperCase(), body);
        expect([method, path, answer.status]).toEqual([method, path, status]);
        api.check(method, path, answer);
      }
      expect(api.unused).toEqual([]);
    });

    it('ends in order: what is under way is answered', async () => {
      await fault('payments', { route: 'payments', latencyMillis: 1000 });
      const answer = order();
      await eventually(
        'the request is with payments',
        async () => (await metric('payments_in_progress')) === 1 || undefined,
        { ...PATIENCE, intervalMillis: 20 },
      );
      expect(await services.stop('payments', 'SIGTERM')).toBe(0);
      expect((await answer).status).toBe(201);
    });
  },
);
