import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  connect,
  constants,
} from 'node:http2';
import { OtlpForwarder } from '../forward/otlp-forwarder';
import { EXPORT_PATHS } from '../signal';
import type { CallOutcome, ExportHandler } from './export-call';
import { type Transport, createReceiver } from './create-receiver';
import type { GrpcReceiver, ReceiverOptions } from './grpc-receiver';
import { RECEIVER_OPTIONS, until } from './testing/receivers';

describe.each<Transport>(['http2-unary', 'http2'])('a receiver that sees its streams, on %s', (transport) => {
  const cleanups: (() => unknown)[] = [];
  const outcomes: CallOutcome[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    outcomes.length = 0;
  });

  async function start(
    handler: ExportHandler,
    options: Partial<ReceiverOptions> = {},
  ): Promise<{ receiver: GrpcReceiver; port: number }> {
    const receiver = createReceiver(transport, { ...RECEIVER_OPTIONS, ...options }, handler, {
      onAnswered: (outcome) => outcomes.push(outcome),
    });
    const { port } = await receiver.start();
    cleanups.push(() => receiver.shutdown(0));
    return { receiver, port };
  }

  function sender(port: number): OtlpForwarder {
    const forwarder = new OtlpForwarder({
      endpoint: `127.0.0.1:${port}`,
      timeoutMillis: 30_000,
      keepaliveMillis: 10_000,
      keepaliveTimeoutMillis: 30_000,
      maxReconnectMillis: 100,
      maxResponseBytes: 10_000,
    });
    cleanups.push(() => {
      forwarder.close();
    });
    return forwarder;
  }

  function session(port: number): ClientHttp2Session {
    const http2 = connect(`http://127.0.0.1:${port}`);
    cleanups.push(() => {
      http2.destroy();
    });
    return http2;
  }

  function headersOf(
    http2: ClientHttp2Session,
    headers: Record<string, string>,
    body?: Buffer,
  ): Promise<IncomingHttpHeaders> {
    const stream = http2.request({
      ':method': 'POST',
      ':path': EXPORT_PATHS.logs,
      'content-type': 'application/grpc',
      ...headers,
    });
    if (body) stream.write(body);
    else stream.end();
    return new Promise((resolve, reject) => {
      stream.once('response', resolve);
      stream.once('error', reject);
    });
  }

  it('gives the handler the bytes, and what is known of the request', async () => {
    const seen: unknown[] = [];
    const { port } = await start((body, context) => {
      seen.push([body.toString(), context]);
      return Promise.resolve(Buffer.from('answer'));
    });
    const before = Date.now();
    const response = await sender(port).export('metrics', Buffer.from('body'), 15_000);
    expect(response.toString()).toBe('answer');
    const now = Date.now();
    const [, context] = seen[0] as [string, { deadlineEpochMillis: number; receivedAtEpochMillis: number }];
    expect(seen).toMatchObject([
      ['body', { signal: 'metrics', peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string }],
    ]);
    expect(context.receivedAtEpochMillis).toBeGreaterThanOrEqual(before);
    expect(context.receivedAtEpochMillis).toBeLessThanOrEqual(now);
    expect(context.deadlineEpochMillis - context.receivedAtEpochMillis).toBeLessThanOrEqual(15_000);
    await until(() => outcomes.length === 1);
    expect(outcomes).toMatchObject([{ signal: 'metrics', code: 'OK', receivedBytes: 9 }]);
  });

  it.each([
    ['another method', { ':path': '/grpc.health.v1.Health/Check' }, { 'grpc-status': '12' }],
    ['another content type', { 'content-type': 'application/json' }, { ':status': 415 }],
    ['GET', { ':method': 'GET' }, { ':status': 415 }],
    ['no message', {}, { 'grpc-status': '3' }],
  ])('refuses %s', async (_what, request, response) => {
    const { port } = await start(() => Promise.resolve(undefined));
    await expect(headersOf(session(port), request)).resolves.toMatchObject(response);
  });

  it('lets no connection hold more than its share, and frees what an ended request held', async () => {
    const { receiver, port } = await start(() => Promise.resolve(undefined), {
      receiveTimeoutMillis: 2000,
    });
    const greedy = session(port);
    const unfinished = Buffer.concat([Buffer.from([0, 0, 0, 0x27, 0x10]), Buffer.alloc(6000)]); // 6,000 of 10,000
    const [first, second] = [headersOf(greedy, {}, unfinished), headersOf(greedy, {}, unfinished)];
    await expect(Promise.race([first, second])).resolves.toMatchObject({ 'grpc-status': '8' });
    await expect(sender(port).export('logs', Buffer.alloc(8000))).resolves.toHaveLength(0);
    // The one that had room is ended at receiveTimeoutMillis, though its client keeps the stream open.
    const statuses = await Promise.all([first, second]);
    expect(statuses.map((headers) => headers['grpc-status']).sort()).toEqual(['4', '8']);
    await until(() => receiver.inFlightBytes === 0);
  });

  it('answers for a handler that does not, and counts its bytes until it settles', async () => {
    let settle: () => void = () => undefined;
    const { receiver, port } = await start(
      () =>
        new Promise((resolve) => {
          settle = () => {
            resolve(undefined);
          };
        }),
      { handlerTimeoutMillis: 200 },
    );
    await expect(sender(port).export('traces', Buffer.alloc(100))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(receiver.inFlightBytes).toBe(105);
    settle();
    await until(() => receiver.inFlightBytes === 0);
    expect(outcomes).toHaveLength(1);
  });

  it.each([
    [
      'reset',
      (http2: ClientHttp2Session, stream: ClientHttp2Stream) => {
        stream.close(constants.NGHTTP2_CANCEL);
      },
    ],
    [
      'cut off',
      (http2: ClientHttp2Session) => {
        http2.destroy();
      },
    ],
  ])('takes a request that is %s before its end as cancelled, not as malformed', async (_how, end) => {
    const { receiver, port } = await start(() => Promise.resolve(undefined));
    const http2 = session(port);
    const stream = http2.request({
      ':method': 'POST',
      ':path': EXPORT_PATHS.logs,
      'content-type': 'application/grpc',
    });
    stream.on('error', () => undefined);
    stream.write(Buffer.from([0, 0, 0, 0, 100, 1, 2, 3]));
    await until(() => receiver.inFlightBytes > 0);
    end(http2, stream);
    await until(() => outcomes.length > 0);
    expect(outcomes).toMatchObject([{ code: 'CANCELLED', receivedBytes: 8 }]);
    await until(() => receiver.inFlightBytes === 0);
  });

  it('turns a handler that throws into INTERNAL, and goes on', async () => {
    const { port } = await start((body) => {
      if (body.length === 0) throw new TypeError('a defect');
      return Promise.resolve(undefined);
    });
    const client = sender(port);
    await expect(client.export('traces', Buffer.alloc(0))).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(client.export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
    await until(() => outcomes.length === 2);
    expect(outcomes[0]?.error?.cause).toBeInstanceOf(TypeError);
  });

  it('passes on the error of a port that is taken', async () => {
    const { port } = await start(() => Promise.resolve(undefined));
    const second = createReceiver(transport, { ...RECEIVER_OPTIONS, port }, () => Promise.resolve(undefined));
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
