import { gzipSync } from 'node:zlib';
import { type IncomingHttpHeaders, connect } from 'node:http2';
import { EXPORT_PATHS } from '../signal';
import { OtlpError } from '../status/otlp-error';
import type { OtlpCode } from '../status/codes';
import { framed } from '../testing/framed';
import { TRANSPORTS } from './create-receiver';
import type { ExportContext } from './export-call';
import { Receivers, until } from './testing/receivers';

/** What must hold whatever a receiver is built on; the clients are grpc-js and plain HTTP/2. */
describe.each(TRANSPORTS)('a receiver on %s', (transport) => {
  const receivers = new Receivers();
  afterEach(() => receivers.cleanUp());

  /** A call by hand: resolves to headers and trailers together. */
  function call(port: number, headers: Record<string, string>, body: Buffer): Promise<IncomingHttpHeaders> {
    const session = connect(`http://127.0.0.1:${port}`);
    receivers.onCleanUp(() => {
      session.destroy();
    });
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT_PATHS.logs,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.end(body);
    stream.resume();
    return new Promise((resolve, reject) => {
      let all: IncomingHttpHeaders = {};
      stream.on('response', (response) => (all = { ...all, ...response }));
      stream.on('trailers', (trailers: IncomingHttpHeaders) => (all = { ...all, ...trailers }));
      stream.on('end', () => {
        resolve(all);
      });
      stream.on('error', reject);
    });
  }

  it('hands on the bytes and what is known of the request, and the answer back', async () => {
    const seen: [string, ExportContext][] = [];
    const { port, outcomes } = await receivers.start(transport, {}, (body, context) => {
      seen.push([body.toString(), context]);
      return Promise.resolve(Buffer.from('answer'));
    });
    const before = Date.now();
    const answer = await receivers.client(port).export('metrics', Buffer.from('body'), 20_000);
    expect(answer.toString()).toBe('answer');
    const [body, context] = seen[0] ?? [];
    expect([body, context?.signal]).toEqual(['body', 'metrics']);
    expect(context?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((context?.deadlineEpochMillis ?? 0) - before).toBeGreaterThan(10_000);
    expect((context?.deadlineEpochMillis ?? Infinity) - before).toBeLessThan(40_000);
    await until(() => outcomes.length === 1);
    expect(outcomes).toMatchObject([{ signal: 'metrics', code: 'OK' }]);
  });

  it.each<[OtlpCode, number | undefined]>([
    ['RESOURCE_EXHAUSTED', 1500],
    ['RESOURCE_EXHAUSTED', undefined],
    ['UNAVAILABLE', 250],
    ['INVALID_ARGUMENT', undefined],
    ['FAILED_PRECONDITION', undefined],
    ['INTERNAL', undefined],
  ])('answers %s with RetryInfo of %p ms', async (code, retryAfterMillis) => {
    const error = new OtlpError(code, 'why: 100 %, müde', {
      ...(retryAfterMillis !== undefined && { retryAfterMillis }),
    });
    const { port, outcomes } = await receivers.start(transport, {}, () => Promise.reject(error));
    await expect(receivers.client(port).export('traces', Buffer.alloc(1))).rejects.toMatchObject({
      code,
      message: 'why: 100 %, müde',
      retryAfterMillis,
    });
    await until(() => outcomes.length === 1);
    expect(outcomes).toMatchObject([{ code }]);
  });

  it('takes gzip, and says what it takes', async () => {
    const seen: string[] = [];
    const { port } = await receivers.start(transport, {}, (body) => {
      seen.push(body.toString());
      return Promise.resolve(undefined);
    });
    const headers = await call(port, { 'grpc-encoding': 'gzip' }, framed(gzipSync('zipped'), 1));
    expect([headers['grpc-status'], seen]).toEqual(['0', ['zipped']]);
    expect(headers['grpc-accept-encoding']).toContain('gzip');
  });

  it.each([
    ['a compression that it has not', 'snappy', framed(Buffer.alloc(20), 1), '12'],
    ['a message over the limit', 'identity', framed(Buffer.alloc(10_001)), '8'],
    ['gzip that grows over the limit', 'gzip', framed(gzipSync(Buffer.alloc(50_000)), 1), '8'],
  ])('refuses %s, for good', async (_what, encoding, body, status) => {
    const { port } = await receivers.start(transport);
    const headers = await call(port, { 'grpc-encoding': encoding }, body);
    expect(headers['grpc-status']).toBe(status);
    expect(headers['grpc-status-details-bin']).toBeUndefined();
  });

  it('answers UNIMPLEMENTED to another method', async () => {
    const { port } = await receivers.start(transport);
    const headers = await call(port, { ':path': '/grpc.health.v1.Health/Check' }, framed(Buffer.alloc(0)));
    expect(headers['grpc-status']).toBe('12');
  });

  it('answers for a handler that does not, and counts its bytes until it settles', async () => {
    let settle: () => void = () => undefined;
    const { port, receiver } = await receivers.start(transport, { handlerTimeoutMillis: 200 }, () => {
      return new Promise((resolve) => {
        settle = () => {
          resolve(undefined);
        };
      });
    });
    await expect(receivers.client(port).export('logs', Buffer.alloc(100))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(receiver.inFlightBytes).toBeGreaterThanOrEqual(100);
    settle();
    await until(() => receiver.inFlightBytes === 0);
  });

  it('asks to come back when what is in flight leaves no room', async () => {
    let settle: () => void = () => undefined;
    let reached = false;
    const { port } = await receivers.start(
      transport,
      { maxInFlightBytes: 12_000 },
      () =>
        new Promise((resolve) => {
          reached = true;
          settle = () => {
            resolve(undefined);
          };
        }),
    );
    const first = receivers.client(port).export('logs', Buffer.alloc(9000));
    const second = receivers.client(port).export('logs', Buffer.alloc(9000));
    await expect(Promise.race([first, second])).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMillis: 700,
    });
    await until(() => reached);
    settle();
    expect((await Promise.allSettled([first, second])).map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
    ]);
  });

  it('lets running requests end before it does', async () => {
    let settle: () => void = () => undefined;
    let reached = false;
    const { port, receiver } = await receivers.start(
      transport,
      {},
      () =>
        new Promise((resolve) => {
          reached = true;
          settle = () => {
            resolve(undefined);
          };
        }),
    );
    const running = receivers.client(port).export('logs', Buffer.alloc(1));
    await until(() => reached);
    const ended = receiver.shutdown(30_000);
    settle();
    await expect(running).resolves.toHaveLength(0);
    await ended;
    await expect(receivers.client(port).export('logs', Buffer.alloc(1), 500)).rejects.toMatchObject({
      retryable: true,
    });
  });

  it('moves a client to another connection when one has reached its age, and nothing fails for good', async () => {
    const peers = new Set<string>();
    const { port } = await receivers.start(
      transport,
      { maxConnectionAgeMillis: 150, maxConnectionAgeGraceMillis: 30_000 },
      async (_body, { peer }) => {
        peers.add(peer);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return undefined;
      },
    );
    const client = receivers.client(port);
    for (let sent = 0; peers.size < 3; sent += 1) {
      const sending = [1, 2, 3].map(() => client.export('traces', Buffer.alloc(10)));
      for (const result of await Promise.allSettled(sending)) {
        // This client has its own retries switched off: it hands on that the stream was refused.
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'UNAVAILABLE' });
      }
      expect(sent).toBeLessThan(2000);
    }
  });

  it('refuses who has not the bearer token', async () => {
    const { port, outcomes } = await receivers.start(transport, { bearerToken: { token: 's3cret' } });
    const none = receivers.client(port);
    await expect(none.export('logs', Buffer.alloc(1))).rejects.toThrow(/send authorization: Bearer/);
    const wrong = receivers.client(port, { bearerToken: () => 's3cret!' });
    await expect(wrong.export('logs', Buffer.alloc(1))).rejects.toThrow(/is not accepted/);
    const right = receivers.client(port, { bearerToken: () => 's3cret' });
    await expect(right.export('logs', Buffer.alloc(1))).resolves.toHaveLength(0);
    await until(() => outcomes.length === 3);
    expect(outcomes.map(({ code }) => code)).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'OK']);
  });

  it('passes on the error of a port that is taken', async () => {
    const { port } = await receivers.start(transport);
    await expect(receivers.start(transport, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
