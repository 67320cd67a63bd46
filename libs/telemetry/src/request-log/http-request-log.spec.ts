import { createConnection } from 'node:net';
import { Writable } from 'node:stream';
import { Body, Controller, Get, Header, Module, Param, Post, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createLogger } from '@trace/runtime';
import type { RequestLogOptions } from './options';
import { TelemetryModule } from './telemetry.module';

const never = { asked: 0 };

@Controller()
class TestController {
  @Post('users/:id')
  create(@Param('id') id: string, @Body() body: object): object {
    return { id, token: 't', ...body };
  }

  @Get('long')
  long(): object {
    return { text: 'x'.repeat(5000) };
  }

  @Get('page')
  @Header('content-type', 'text/html')
  page(): string {
    return '<p>grüße</p>';
  }

  @Get('never')
  never(): Promise<void> {
    never.asked += 1;
    return new Promise(() => undefined);
  }

  @Get('health')
  health(): string {
    return 'ok';
  }
}

@Module({})
class TestModule {}

type Line = Readonly<Record<string, unknown>>;

describe('the line of an HTTP request', () => {
  const lines: Line[] = [];
  let app: INestApplication;
  let url: string;

  async function start(options: Omit<RequestLogOptions, 'logger'> = {}): Promise<void> {
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done): void {
        lines.push(JSON.parse(chunk.toString()) as Line);
        done();
      },
    });
    const logger = createLogger('test', 'info', sink);
    const module = {
      module: TestModule,
      imports: [TelemetryModule.forRoot({ logger, ...options })],
      controllers: [TestController],
    };
    app = await NestFactory.create(module, { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  }
  afterEach(async () => {
    lines.length = 0;
    await app.close();
  });

  const post = (path: string, body: string, type = 'application/json'): Promise<Response> =>
    fetch(url + path, { method: 'POST', body, headers: { 'content-type': type } });

  /** The line comes when the connection has done with the response, which may be after the client has it. */
  async function line(): Promise<Line> {
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(lines).toHaveLength(1);
    return lines[0] ?? {};
  }

  it('says method, route, status and sizes, and no body unless it is asked to', async () => {
    await start();
    const response = await post('/users/7?token=t', '{"name":"ada"}');
    const text = await response.text();
    const { durationMillis, ...fields } = await line();
    expect(fields).toEqual({
      level: 'info',
      name: 'test',
      time: expect.any(String) as string,
      'http.request.method': 'POST',
      'http.route': '/users/:id',
      'http.response.status_code': 201,
      'url.path': '/users/7',
      'http.request.body.size': 14,
      'http.response.body.size': text.length,
      msg: 'POST /users/:id 201',
    });
    expect(durationMillis).toBeGreaterThanOrEqual(0);
  });

  it('has bodies of the types that were asked for, masked', async () => {
    await start({ bodies: { contentTypes: ['application/json'] } });
    await (await post('/users/7', '{"password":"p","name":"ada"}')).text();
    expect(await line()).toMatchObject({
      'http.request.body': '{"password":"[masked]","name":"ada"}',
      'http.response.body': '{"id":"7","token":"[masked]","password":"[masked]","name":"ada"}',
    });
  });

  it.each([
    ['/long', 5011],
    ['/page', 14],
  ])('has only the size of one that is too long, or of another type: %s', async (path, bytes) => {
    await start({ bodies: { contentTypes: ['application/json'], maxBytes: 100 } });
    await (await fetch(url + path)).text();
    const found = await line();
    expect(found['http.response.body.size']).toBe(bytes);
    expect(found).not.toHaveProperty(['http.response.body']);
  });

  it('is there for a path that there is not, and for a body that cannot be parsed', async () => {
    await start();
    await fetch(`${url}/nowhere`);
    expect(await line()).toMatchObject({ 'url.path': '/nowhere', msg: 'GET /nowhere 404' });
    lines.length = 0;
    await post('/users/7', '{"name":');
    expect(await line()).toMatchObject({ 'http.response.status_code': 400, msg: 'POST /users/7 400' });
  });

  it('says of a client that went away that it did', async () => {
    await start();
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /never HTTP/1.1\r\nhost: x\r\n\r\n');
    while (never.asked === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    socket.destroy();
    const found = await line();
    expect(found.msg).toBe('GET /never aborted');
    expect(found).not.toHaveProperty(['http.response.status_code']);
  });

  it('is not there for health checks', async () => {
    await start();
    await (await fetch(`${url}/health`)).text();
    await fetch(`${url}/nowhere`);
    expect((await line()).msg).toBe('GET /nowhere 404');
  });
});
