import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Counter, Registry } from 'prom-client';
import request from 'supertest';
import { HealthModule, type Readiness } from './health.module';

describe('HealthModule', () => {
  let app: INestApplication;
  let readiness: Readiness = { ready: false, checks: { otlp: 'starting' } };
  const registry = new Registry();
  const url = (): string =>
    `http://127.0.0.1:${(app.getHttpServer() as { address(): { port: number } }).address().port}`;

  beforeAll(async () => {
    new Counter({ name: 'spans_total', help: 'Spans.', registers: [registry] }).inc(3);
    app = await NestFactory.create(HealthModule.forRoot({ registry, readiness: () => readiness }), {
      logger: false,
    });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  it('is healthy while it answers', async () => {
    await request(url()).get('/healthz').expect(200, { status: 'ok' });
  });

  it('is ready only when the program says so', async () => {
    await request(url())
      .get('/readyz')
      .expect(503, { ready: false, checks: { otlp: 'starting' } });
    readiness = { ready: true, checks: { otlp: 'listening' } };
    await request(url()).get('/readyz').expect(200);
  });

  it('serves the metrics as Prometheus text', async () => {
    const response = await request(url()).get('/metrics').expect(200);
    expect(response.headers['content-type']).toMatch(/^text\/plain/);
    expect(response.text).toContain('spans_total 3');
  });
});
