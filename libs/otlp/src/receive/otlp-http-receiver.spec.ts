import { request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import { OtlpError } from '../status/otlp-error';
import { decodeRetryAfterMillis } from '../status/status-details';
import type { CallOutcome, ExportHandler } from './export-call';
import { type HttpReceiverOptions, OtlpHttpReceiver } from './otlp-http-receiver';

const OPTIONS: HttpReceiverOptions = {
  host: '127.0.0.1',
  port: 0,
  maxReceiveBytes: 10_000,
  maxInFlightBytes: 20_000,
  maxConnections: 10,
  // Deadlines that no test meets by being slow; a test about one sets it.
  receiveTimeoutMillis: 30_000,
  handlerTimeoutMillis: 30_000,
  retryAfterMillis: 700,
};
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const ok: ExportHandler = () => Promise.resolve(undefined);

describe('OtlpHttpReceiver', () => {
  const receivers: OtlpHttpReceiver[] = [];
  const outcomes: CallOutcome[] = [];
  const connectionErrors: string[] = [];
  afterEach(async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.shutdown(0)));
    outcomes.length = 0;
    connectionErrors.length = 0;
  });

  async function start(
    handler: ExportHandler,
    options: Partial<HttpReceiverOptions> = {},
  ): Promise<{ receiver: OtlpHttpReceiver; url: string; port: number }> {
    const receiver = new OtlpHttpReceiver({ ...OPTIONS, ...options }, handler, {
      onAnswered: (outcome) => outcomes.push(outcome),
      onConnectionError: (reason) => connectionErrors.push(reason),
    });
    receivers.push(receiver);
    const { port } = await receiver.start();
    return { receiver, port, url: `http://127.0.0.1:${port}` };
  }

  function post(url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${url}/v1/logs`, {
      method: 'POST',
      headers: { ...PROTOBUF, ...headers },
      body: Buffer.from(body),
    });
  }

  it('hands the body on as it came, plain or gzipped, and the answer back', async () => {
    const seen: [string, string][] = [];
    const { url, receiver } = await start((body, { signal }) => {
      seen.push([signal, body.toString()]);
      return Promise.resolve(Buffer.from('answer'));
    });
    const plain = await post(url, Buffer.from('one'));
    expect([plain.status, plain.headers.get('content-type'), await plain.text()]).toEqual([
      200,
      'application/x-protobuf',
      'answer',
    ]);
    expect((await post(url, gzipSync('two'), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(seen).toEqual([
      ['logs', 'one'],
      ['logs', 'two'],
    ]);
    expect(receiver.inFlightBytes).toBe(0);
    expect(outcomes).toMatchObject([{ code: 'OK', signal: 'logs' }, { code: 'OK' }]);
  });

  it('answers an error with its HTTP status, Retry-After and google.rpc.Status', async () => {
    const { url } = await start(() =>
      Promise.reject(new OtlpError('UNAVAILABLE', 'later', { retryAfterMillis: 1500 })),
    );
    const response = await post(url, Buffer.from('x'));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(decodeRetryAfterMillis(new Uint8Array(await response.arrayBuffer()))).toBe(1500);
  });

  it.each([
    ['GET', '/v1/logs', {}, 405, 'not_otlp'],
    ['POST', '/v1/spans', PROTOBUF, 404, 'not_otlp'],
    ['POST', '/v1/logs', { 'content-type': 'application/json' }, 415, 'not_otlp'],
    ['POST', '/v1/logs', { ...PROTOBUF, 'content-encoding': 'br' }, 400, 'INVALID_ARGUMENT'],
  ])(
    'says what is wrong with %s %s %j: %i, and counts it',
    async (method, path, headers, status, counted) => {
      const { url } = await start(ok);
      const body = method === 'POST' ? { body: 'x' } : {};
      expect(
        (await fetch(url + path, { method, headers: headers as Record<string, string>, ...body })).status,
      ).toBe(status);
      expect([...connectionErrors, ...outcomes.map(({ code }) => code)]).toEqual([counted]);
    },
  );

  it('refuses for good what is too large, announced, sent or unpacked, and holds none of it', async () => {
    const { url, receiver } = await start(ok);
    expect((await post(url, Buffer.alloc(10_001))).status).toBe(413);
    const chunked = await fetch(`${url}/v1/logs`, {
      method: 'POST',
      headers: PROTOBUF,
      body: new ReadableStream({
        start: (stream) => {
          stream.enqueue(Buffer.alloc(8000));
          stream.enqueue(Buffer.alloc(8000));
          stream.close();
        },
      }),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
    expect((await post(url, gzipSync(Buffer.alloc(1_000_000)), { 'content-encoding': 'gzip' })).status).toBe(
      413,
    );
    expect((await post(url, Buffer.from('no gzip'), { 'content-encoding': 'gzip' })).status).toBe(400);
    expect(receiver.inFlightBytes).toBe(0);
  });

  it('bounds what all requests hold together: over it, 429 with Retry-After', async () => {
    const release: (() => void)[] = [];
    const { url, receiver } = await start(
      () =>
        new Promise((resolve) =>
          release.push(() => {
            resolve(undefined);
          }),
        ),
    );
    const first = post(url, Buffer.alloc(9000));
    const second = post(url, Buffer.alloc(9000));
    while (release.length < 2) await new Promise(setImmediate);
    const third = await post(url, Buffer.alloc(9000));
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '1']);
    release.forEach((resolve) => {
      resolve();
    });
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(receiver.inFlightBytes).toBe(0);
  });

  it('gives up on a handler that does not come back', async () => {
    const { url, receiver } = await start(() => new Promise(() => undefined), { handlerTimeoutMillis: 100 });
    expect((await post(url, Buffer.from('x'))).status).toBe(504);
    expect(receiver.inFlightBytes).toBe(0);
  });

  it('counts a client that leaves in the middle, and lets go of its bytes', async () => {
    const { receiver, port } = await start(ok);
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      path: '/v1/logs',
      method: 'POST',
      headers: { ...PROTOBUF, 'content-length': '5000' },
    });
    request.on('error', () => undefined);
    request.write(Buffer.alloc(1000));
    while (receiver.inFlightBytes === 0) await new Promise(setImmediate);
    request.destroy();
    while (outcomes.length === 0) await new Promise(setImmediate);
    expect(outcomes).toMatchObject([{ code: 'CANCELLED' }]);
    expect(receiver.inFlightBytes).toBe(0);
  });

  it('closes a connection that speaks no HTTP', async () => {
    const { port } = await start(ok);
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.write(Buffer.from([0, 1, 2, 3, 255, 254, 10, 13]));
    socket.resume();
    socket.on('error', () => undefined); // it may be reset
    await new Promise((resolve) => socket.once('close', resolve));
  });

  it('lets a running request end when it shuts down, and takes no new one', async () => {
    let release: () => void = () => undefined;
    const { url, receiver } = await start(
      () =>
        new Promise(
          (resolve) =>
            (release = (): void => {
              resolve(undefined);
            }),
        ),
    );
    const running = post(url, Buffer.from('x'));
    while (receiver.inFlightBytes === 0) await new Promise(setImmediate);
    const down = receiver.shutdown(5000);
    release();
    const response = await running;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await down;
    await expect(post(url, Buffer.from('y'))).rejects.toThrow();
  });
});
