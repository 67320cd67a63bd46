import type { Server } from 'node:http';
import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import request from 'supertest';
import { healthPages, type Readiness } from '../health/health';
import { HttpProblem, sendJson, servePages } from './http-pages';
import { closeHttp, listenHttp } from './listen-http';

describe('servePages', () => {
  let server: Server;
  let url: string;
  let readiness: Readiness = { ready: false, checks: { otlp: 'starting' } };
  const registry = new Registry();
  const lines: string[] = [];

  beforeAll(async () => {
    new Counter({ name: 'spans_total', help: 'Spans.', registers: [registry] }).inc(3);
    server = servePages(
      {
        ...healthPages({ registry, readiness: () => readiness }),
        '/echo': (_request, response, query) => {
          sendJson(response, 200, Object.fromEntries(query));
        },
        '/refuses': () => {
          throw new HttpProblem(400, 'ip: got "x", expected an address');
        },
        '/breaks': () => Promise.reject(new Error('a secret of ours')),
      },
      pino({ level: 'error' }, { write: (line: string) => lines.push(line) }),
      {
        '/echo': (_request, response) => {
          sendJson(response, 202, 'changed');
        },
        '/change': () => {
          throw new HttpProblem(401, 'send a token', { 'www-authenticate': 'Bearer' });
        },
      },
    );
    url = `http://127.0.0.1:${await listenHttp(server, { host: '127.0.0.1', port: 0, setting: 'http.port' })}`;
  });
  afterAll(() => closeHttp(server));

  it('is healthy while it answers', async () => {
    await request(url).get('/healthz').expect(200, { status: 'ok' });
  });

  it('is ready only when the program says so', async () => {
    await request(url)
      .get('/readyz')
      .expect(503, { ready: false, checks: { otlp: 'starting' } });
    readiness = { ready: true, checks: { otlp: 'listening' } };
    await request(url).get('/readyz?verbose').expect(200);
  });

  it('serves the metrics as Prometheus text', async () => {
    const response = await request(url).get('/metrics').expect(200);
    expect(response.headers['content-type']).toMatch(/^text\/plain/);
    expect(response.text).toContain('spans_total 3');
  });

  it('hands the query on, decoded', async () => {
    await request(url).get('/echo?service.name=a%26b%3F&x').expect(200, { 'service.name': 'a&b?', x: '' });
  });

  it('answers HEAD without a body', async () => {
    const response = await request(url).head('/healthz').expect(200);
    expect([response.headers['content-length'], response.text]).toEqual(['15', undefined]);
  });

  it.each(['/none', '/__proto__', '/constructor', '//healthz', '/healthz/'])(
    'says for %s what there is',
    async (path) => {
      const response = await request(url).get(path).expect(404);
      expect(response.headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(response.text)).toMatchObject({
        status: 404,
        detail: expect.stringContaining('there are /healthz, /readyz, /metrics') as unknown,
      });
    },
  );

  it.each([
    ['post', '/healthz', 'GET, HEAD', 'got POST, expected GET'],
    ['put', '/echo', 'GET, HEAD, POST', 'got PUT, expected GET'],
    ['get', '/change', 'POST', 'got GET, expected POST'],
    ['options', '/change', 'POST', 'got OPTIONS, expected POST'],
  ] as const)('does not take %s %s', async (method, path, allow, detail) => {
    const response = await request(url)[method](path).send('x').expect(405);
    expect(response.headers.allow).toBe(allow);
    expect(JSON.parse(response.text)).toEqual({ status: 405, detail });
  });

  it('takes POST for changes', async () => {
    await request(url).post('/echo').send({}).expect(202, '"changed"');
    const refused = await request(url).post('/change').send('x').expect(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
  });

  it('tells the client what was wrong with the request, and the log what was wrong with us', async () => {
    const refused = await request(url).get('/refuses').expect(400);
    expect(JSON.parse(refused.text)).toEqual({ status: 400, detail: 'ip: got "x", expected an address' });
    expect(lines).toEqual([]);
    const broken = await request(url).get('/breaks').expect(500);
    expect(broken.text).not.toContain('secret');
    expect(lines).toEqual([expect.stringContaining('a secret of ours')]);
  });

  it('says which setting chooses a port that is taken', async () => {
    const second = servePages({}, pino({ level: 'silent' }));
    await expect(
      listenHttp(second, {
        host: '127.0.0.1',
        port: Number(new URL(url).port),
        setting: 'http.port in x.yaml',
      }),
    ).rejects.toThrow(/port \d+ on 127\.0\.0\.1 is taken by another program; set http\.port in x\.yaml/);
  });
});
