import { type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type IncomingHttpHeaders, constants, createSecureServer, createServer } from 'node:http2';
import { type AddressInfo, type Server, createServer as createSocketServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { authority, identity } from '../receive/testing/certificates';
import { OtlpError } from '../status/otlp-error';
import { encodeStatusDetails } from '../status/status-details';
import { framed } from '../testing/framed';
import { encodeBytesField } from '../wire/encode';
import { type ForwarderOptions, OtlpForwarder } from './otlp-forwarder';

const OPTIONS = {
  // Deadlines that no test meets by being slow; a test about one sets it.
  timeoutMillis: 30_000,
  keepaliveMillis: 10_000,
  keepaliveTimeoutMillis: 30_000,
  maxReconnectMillis: 50,
  maxResponseBytes: 1000,
};

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

const OK = { ':status': 200, 'content-type': 'application/grpc' };

/** The whole answer in one HEADERS frame. */
const answer =
  (headers: Record<string, string>): OnStream =>
  (stream) => {
    stream.respond({ ...OK, ...headers }, { endStream: true });
  };
const reset =
  (code: number): OnStream =>
  (stream) => {
    stream.close(code);
  };
/** Reads the request, and answers it with a message and a status. */
const succeed =
  (message: Buffer = framed(Buffer.alloc(0)), headers = {}, onBody?: (body: Buffer) => void): OnStream =>
  (stream) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      onBody?.(Buffer.concat(chunks));
      if (stream.destroyed || stream.closed) return; // a client that gave up; its outcome says so
      stream.respond({ ...OK, ...headers }, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': '0' });
      });
      stream.end(message);
    });
  };

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } =
  constants;

/** A downstream that ends streams in ways that no gRPC library lets one choose. */
describe.each(['http2-unary', 'http2', 'grpc-js'] as const)('OtlpForwarder over %s', (transport) => {
  let server: Http2Server;
  let port: number;
  let forwarder: OtlpForwarder;
  let onStream: OnStream;
  let sessions: ServerHttp2Session[] = [];
  const closers: (() => void)[] = [];

  beforeAll(async () => {
    server = createServer();
    server.on('session', (session) => sessions.push(session));
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      onStream(stream, headers);
    });
    port = await listen(server);
    forwarder = make();
  });
  beforeEach(() => {
    onStream = succeed();
    sessions = [];
  });
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });
  afterAll(() => {
    forwarder.close();
    server.close();
  });

  async function listen(listener: Server | Http2Server, at: string | number = 0): Promise<number> {
    await new Promise<void>((resolve) => {
      if (typeof at === 'string') listener.listen(at, resolve);
      else listener.listen(at, '127.0.0.1', resolve);
    });
    return (listener.address() as AddressInfo).port;
  }

  function make(options: Partial<ForwarderOptions> = {}): OtlpForwarder {
    return new OtlpForwarder({ ...OPTIONS, endpoint: `127.0.0.1:${port}`, transport, ...options });
  }

  /** One that ends with the test. */
  function other(options: Partial<ForwarderOptions> = {}): OtlpForwarder {
    const made = make(options);
    closers.push(() => {
      made.close();
    });
    return made;
  }

  it.each<[string, OnStream]>([
    ['RST_STREAM INTERNAL_ERROR', reset(NGHTTP2_INTERNAL_ERROR)],
    ['RST_STREAM NO_ERROR', reset(NGHTTP2_NO_ERROR)],
    ['RST_STREAM REFUSED_STREAM', reset(NGHTTP2_REFUSED_STREAM)],
    ['RST_STREAM ENHANCE_YOUR_CALM', reset(NGHTTP2_ENHANCE_YOUR_CALM)],
    [
      '500 from what is no gRPC server',
      (stream) => {
        stream.respond({ ':status': 500 }, { endStream: true });
      },
    ],
    ['the connection broken', (stream) => stream.session?.destroy()],
    [
      '503 from a proxy',
      (stream) => {
        stream.respond({ ':status': 503 }, { endStream: true });
      },
    ],
  ])('makes a call that ended by %s retryable', async (_how, end) => {
    onStream = end;
    await expect(forwarder.export('traces', Buffer.alloc(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('sends the body as it is, and hands back the answer', async () => {
    const bodies: Buffer[] = [];
    onStream = succeed(framed(Buffer.from('answer')), {}, (body) => bodies.push(body));
    const request = Buffer.alloc(300_000, 7);
    await expect(forwarder.export('metrics', request)).resolves.toEqual(Buffer.from('answer'));
    expect(bodies[0]?.equals(framed(request))).toBe(true);
  });

  it('always has a word to say, also while nothing listens', async () => {
    const nowhere = other({ endpoint: '127.0.0.1:1' });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(nowhere.export('logs', Buffer.alloc(1))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/127\.0\.0\.1:1/) as string,
      });
    }
  });

  it('gives up at the deadline', async () => {
    onStream = () => undefined;
    const made = other({ timeoutMillis: 300 });
    await expect(made.export('logs', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const started = Date.now();
    await expect(forwarder.export('logs', Buffer.alloc(1), 10)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(Date.now() - started).toBeLessThan(OPTIONS.timeoutMillis / 2);
  });

  it('blames the bytes when the downstream cannot decode them', async () => {
    onStream = answer({
      'grpc-status': '13',
      'grpc-message': 'grpc: error unmarshalling request: unexpected EOF',
    });
    await expect(forwarder.export('traces', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('hands on any other INTERNAL that was really said', async () => {
    onStream = answer({ 'grpc-status': '13', 'grpc-message': 'permanent' });
    await expect(forwarder.export('traces', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'permanent',
    });
  });

  it('hands on RetryInfo and a message that is percent-encoded', async () => {
    const error = new OtlpError('RESOURCE_EXHAUSTED', 'voll: müde 100 %', { retryAfterMillis: 1500 });
    onStream = answer({
      'grpc-status': '8',
      'grpc-message': encodeURI(error.message),
      'grpc-status-details-bin': encodeStatusDetails(error)?.toString('base64') ?? '',
    });
    await expect(forwarder.export('traces', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: error.message,
      retryAfterMillis: 1500,
    });
  });

  it('refuses an answer that is too large', async () => {
    onStream = succeed(framed(Buffer.alloc(2000)));
    await expect(forwarder.export('traces', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryable: false,
    });
  });

  it('finishes what runs when the server says GOAWAY, and connects anew for the next', async () => {
    const made = other();
    await made.export('logs', Buffer.alloc(1));
    let first = true;
    onStream = (stream, headers) => {
      if (first) stream.session?.goaway(NGHTTP2_NO_ERROR, stream.id ?? 0);
      first = false;
      succeed()(stream, headers);
    };
    await expect(made.export('logs', Buffer.alloc(100_000))).resolves.toHaveLength(0);
    await expect(made.export('logs', Buffer.alloc(1))).resolves.toHaveLength(0);
    expect(sessions).toHaveLength(2);
  });

  it('comes back when the server does', async () => {
    const restarted = createServer();
    restarted.on('stream', (stream, headers) => {
      succeed()(stream, headers);
    });
    // A path, since a port that is free for a moment may be taken by others.
    const folder = mkdtempSync(join(tmpdir(), 'trace-forward-'));
    const made = other({ endpoint: `unix:${join(folder, 'otlp.sock')}` });
    await expect(made.export('logs', Buffer.alloc(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await listen(restarted, join(folder, 'otlp.sock'));
    closers.push(() => {
      restarted.close();
      rmSync(folder, { recursive: true });
    });
    const deadline = Date.now() + 20_000;
    while (!(await made.export('logs', Buffer.alloc(1)).then(Buffer.isBuffer, () => false))) {
      expect(Date.now()).toBeLessThan(deadline);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });

  it('compresses when asked, and reads an answer that is compressed', async () => {
    const bodies: Buffer[] = [];
    const headers = { 'grpc-encoding': 'gzip' };
    onStream = succeed(framed(gzipSync('answer'), 1), headers, (body) => bodies.push(body));
    const request = Buffer.alloc(50_000, 7);
    const made = other({ compression: 'gzip' });
    await expect(made.export('traces', request)).resolves.toEqual(Buffer.from('answer'));
    expect(bodies[0]?.[0]).toBe(1);
    expect(gunzipSync(bodies[0]?.subarray(5) ?? '')).toEqual(request);
  });

  it('sends the token that is current', async () => {
    const seen: unknown[] = [];
    let token = 'one';
    // gRPC sends no credentials in plain text of its own accord; ours does what the configuration says.
    const made = other({ bearerToken: () => token });
    onStream = (stream, headers) => {
      seen.push(headers.authorization);
      succeed()(stream, headers);
    };
    await made.export('traces', Buffer.alloc(1));
    token = 'two';
    await made.export('traces', Buffer.alloc(1));
    expect(seen).toEqual(['Bearer one', 'Bearer two']);
  });

  it('reaches a Unix-domain socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-forward-'));
    const local = createServer();
    local.on('stream', succeed());
    await listen(local, join(folder, 'otlp.sock'));
    closers.push(() => {
      local.close();
      rmSync(folder, { recursive: true });
    });
    const made = other({ endpoint: `unix:${join(folder, 'otlp.sock')}` });
    await expect(made.export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
  });

  it('speaks TLS with a certificate of its own, and trusts only the given CA', async () => {
    const ca = authority('ca');
    const { cert, key } = identity('server', ca);
    const mine = identity('client', ca);
    const secure = createSecureServer({
      cert,
      key,
      ca: ca.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    secure.on('stream', succeed());
    const endpoint = `127.0.0.1:${await listen(secure)}`;
    closers.push(() => secure.close());
    const trusting = other({ endpoint, tls: () => ({ ca: ca.cert, cert: mine.cert, key: mine.key }) });
    await expect(trusting.export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
    const doubting = other({ endpoint, timeoutMillis: 2000, tls: () => ({ ca: authority('another').cert }) });
    await expect(doubting.export('traces', Buffer.alloc(1))).rejects.toMatchObject({
      code: expect.stringMatching(/UNAVAILABLE|DEADLINE_EXCEEDED/) as string,
    });
  });

  it('sends what is too large in parts, and acknowledges when all of them are', async () => {
    const bodies: Buffer[] = [];
    onStream = succeed(undefined, {}, (body) => bodies.push(body.subarray(5)));
    const one = encodeBytesField(1, encodeBytesField(2, encodeBytesField(2, Buffer.alloc(500))));
    const made = other({ maxRequestBytes: 600 });
    await made.export('traces', Buffer.concat([one, one]));
    expect(bodies).toEqual([one, one]);
    onStream = (stream, headers) => {
      if (bodies.length === 3) answer({ 'grpc-status': '14' })(stream, headers);
      else succeed(undefined, {}, (body) => bodies.push(body))(stream, headers);
    };
    await expect(made.export('traces', Buffer.concat([one, one]))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('asks to come back when too much runs at once', async () => {
    const made = other({ maxConcurrentExports: 1 });
    const first = made.export('traces', Buffer.alloc(1));
    await expect(made.export('traces', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryable: true,
    });
    await first;
    await expect(made.export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
  });

  it('ends what runs when it is closed', async () => {
    const made = make();
    onStream = () => {
      made.close();
    };
    await expect(made.export('traces', Buffer.alloc(1))).rejects.toMatchObject({ retryable: true });
  });

  // From here on, what the library leaves to its caller.
  if (transport === 'grpc-js') return;

  it('sends again what the server has surely not looked at', async () => {
    let refusals = 2;
    onStream = (stream, headers) => {
      refusals -= 1;
      (refusals >= 0 ? reset(NGHTTP2_REFUSED_STREAM) : succeed())(stream, headers);
    };
    await expect(forwarder.export('traces', Buffer.alloc(100))).resolves.toHaveLength(0);
  });

  it('sends streams beyond the last of a GOAWAY over a new connection', async () => {
    const made = other();
    await made.export('logs', Buffer.alloc(1));
    onStream = (stream, headers) => {
      // Says that only stream 1, which has been answered, was looked at.
      if (sessions.length === 1) stream.session?.goaway(NGHTTP2_NO_ERROR, 1);
      else succeed()(stream, headers);
    };
    const all = Array.from({ length: 5 }, () => made.export('logs', Buffer.alloc(1000)));
    await expect(Promise.all(all)).resolves.toHaveLength(5);
    expect(sessions).toHaveLength(2);
  });

  it('gives up a server that takes the connection and says nothing', async () => {
    const silent = createSocketServer((socket) => closers.push(() => socket.destroy()));
    const endpoint = `127.0.0.1:${await listen(silent)}`;
    closers.push(() => silent.close());
    const made = other({ endpoint, connectTimeoutMillis: 50 });
    await expect(made.export('logs', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/within 50 ms/) as string,
    });
  });

  it('takes a new connection when one has gone silent', async () => {
    const made = other();
    await made.export('logs', Buffer.alloc(1));
    onStream = () => undefined;
    await expect(made.export('logs', Buffer.alloc(1), 20)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    onStream = succeed();
    await made.export('logs', Buffer.alloc(1));
    expect(sessions).toHaveLength(2);
  });

  it('spreads calls over its connections', async () => {
    const made = other({ connections: 3 });
    await made.export('logs', Buffer.alloc(1));
    await Promise.all(Array.from({ length: 30 }, () => made.export('logs', Buffer.alloc(1))));
    expect(sessions).toHaveLength(3);
  });
});
