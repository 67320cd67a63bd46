import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createLogger } from '@trace/runtime';
import request from 'supertest';
import { loadConfig, type Config } from '../../config';
import { createApp } from '../../http/create-app';
import { GatewayModule } from './gateway.role';

const FILE = join(__dirname, '../../../config/sim-service.yaml');

describe('the HTTP API of the gateway', () => {
  let app: NestExpressApplication;
  /** Accepts connections and never says a word. */
  let mute: Server;
  const muteSockets: Socket[] = [];
  const agent = (): ReturnType<typeof request> => request(app.getHttpServer());

  beforeAll(async () => {
    mute = createServer((socket) => muteSockets.push(socket)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { config } = loadConfig({ TRACE_SIM_SERVICE_CONFIG: FILE });
    const gateway: Config['gateway'] = {
      ...config.gateway,
      usersAddress: '127.0.0.1:9',
      ordersAddress: `127.0.0.1:${(mute.address() as AddressInfo).port}`,
      callTimeout: 3000,
    };
    const logger = createLogger('gateway', 'silent');
    const module = GatewayModule.forRoot({
      config: { ...config, gateway },
      logger,
      live: { onChange: () => undefined },
    });
    app = await createApp(module, logger, gateway.maxBody);
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    for (const socket of muteSockets) socket.destroy();
    mute.close();
  });

  it('says that it is there, and since when', async () => {
    const response = await agent().get('/health').expect(200);
    expect(response.body).toMatchObject({
      status: 'ok',
      role: 'gateway',
      uptimeSeconds: expect.any(Number) as number,
      error: {},
    });
    await agent().get('/healthz').expect(200, { status: 'ok' });
  });

  it('names every field that is wrong', async () => {
    const response = await agent()
      .post('/api/v1/orders')
      .send({ userId: 'a b', items: [{ sku: 'tea', quantity: 0 }], note: 'x' })
      .expect(400)
      .expect('Content-Type', /^application\/problem\+json/);
    expect(response.body).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      instance: '/api/v1/orders',
    });
    const { errors } = response.body as { errors: { pointer: string; detail: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['#/userId', '#/items/0/quantity', '#/note']);
    expect(errors.every(({ detail }) => detail.length > 0)).toBe(true);
  });

  it.each([
    ['no body', undefined, '#'],
    ['a list', [], '#'],
    ['no e-mail address', { name: 'Ada', email: 'ada' }, '#/email'],
  ])('takes no user from %s', async (_what, body, pointer) => {
    const response = await agent().post('/api/v1/users').send(body).expect(400);
    expect(response.body).toMatchObject({ errors: [{ pointer }] });
  });

  it('checks parameters as it checks bodies', async () => {
    const limit = await agent().get('/api/v1/users?limit=1000').expect(400);
    expect(limit.body).toMatchObject({ errors: [{ pointer: '#/limit' }] });
    const id = await agent().get('/api/v1/users/a%20b').expect(400);
    expect(id.body).toMatchObject({ errors: [{ pointer: '#/id' }] });
  });

  it.each([
    ['malformed JSON', '{"name": ', 400],
    ['more than the limit', JSON.stringify({ name: 'x'.repeat(70_000) }), 413],
  ])('answers %s with a problem', async (_what, body, status) => {
    const response = await agent()
      .post('/api/v1/users')
      .set('Content-Type', 'application/json')
      .send(body)
      .expect(status)
      .expect('Content-Type', /^application\/problem\+json/);
    expect(response.body).toMatchObject({ status });
  });

  it.each(['/nothing/here', '/api/v1/users/%ff'])('answers %s with a problem', async (path) => {
    const response = await agent()
      .get(path)
      .expect('Content-Type', /^application\/problem\+json/);
    expect([400, 404]).toContain(response.status);
  });

  it('says 503 when a service cannot be reached, 504 when it does not answer in time', async () => {
    const away = await agent().get('/api/v1/users/1').expect(503);
    expect(away.body).toMatchObject({ title: 'Service Unavailable' });
    const slow = await agent()
      .post('/api/v1/orders')
      .send({ userId: '1', items: [{ sku: 'tea', quantity: 1 }] })
      .expect(504);
    expect(slow.body).toMatchObject({ title: 'Gateway Timeout' });
  });

  it('does not tell what went wrong inside', async () => {
    const response = await agent().get('/api/v1/error').expect(500);
    expect(response.body).toMatchObject({ detail: 'the request failed unexpectedly' });
  });

  it('has faults that are put, listed and deleted, and never apply to /health or /faults', async () => {
    await agent().put('/faults').send({ errorRate: 2 }).expect(400);
    await agent().put('/faults').send({ errorRate: 1, durationSeconds: 60 }).expect(200);
    const list = await agent().get('/faults').expect(200);
    expect(list.body).toMatchObject({ faults: [{ route: '*', errorRate: 1, latencyMillis: 0 }] });
    const failing = await agent().get('/api/v1/users').expect(500);
    expect(failing.body).toMatchObject({ detail: 'injected fault' });
    // Of the services that it calls, one is away by now.
    const health = await agent().get('/health').expect(200);
    expect(health.body).toMatchObject({ error: { users: { state: 'disconnected', required: false } } });
    await agent().delete('/faults').expect(204);
    await agent().get('/api/v1/users').expect(503);
  });
});
