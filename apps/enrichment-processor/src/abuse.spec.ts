import { randomBytes } from 'node:crypto';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
  connect as connectHttp2,
} from 'node:http2';
import { type Socket, connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { EXPORT_PATHS, type OtlpForwarder, countRecords, encodeBytesField } from '@trace/otlp';
import { type Deferred, deferred } from './testing/deferred';
import { Processor } from './testing/processor';
import { gzipBomb, zstdBomb } from './testing/bombs';
import { type Downstream, client, requestOf, startDownstream } from './testing/otlp-peers';

const MEBIBYTE = 1024 * 1024;
/** The bound that config/enrichment-processor.yaml states: five times 128 MiB, plus 150 MiB. */
const MAX_MEBIBYTES = 5 * 128 + 150;

// Two cores carry the sender, the program and the downstream, and perhaps other packages' tests.
jest.setTimeout(180_000);
/** A good request takes milliseconds; one that is held up by a bad client's waits for as long as that lives. */
const HELD_UP_MILLIS = 15_000;

/** Resolves to what a promise came to, if that is an error; rejects otherwise. */
async function rejected(outcome: Promise<unknown>): Promise<unknown> {
  const error = await outcome;
  if (error === undefined) throw new Error('was not refused');
  return error;
}

/** The shortest access log lines there are, each of which makes a dozen attributes. */
function accessLogs(bytes: number): { request: Buffer; records: number } {
  const line = '1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1';
  const record = encodeBytesField(2, encodeBytesField(5, encodeBytesField(1, line)));
  const records = Math.floor(bytes / record.length);
  const scope = encodeBytesField(2, Buffer.concat(Array<Buffer>(records).fill(record)));
  return { request: encodeBytesField(1, scope), records };
}

/** Clients that do what they should not. Each time another client's good request must be served meanwhile. */
describe('a client that misbehaves', () => {
  let downstream: Downstream;
  let processor: Processor;
  let good: OtlpForwarder;
  /** While it is there, the downstream does not answer traces. */
  let hold: Deferred<undefined> | undefined;
  /** Log records that came to the downstream. */
  let logRecords = 0;
  const closers: (() => void)[] = [];

  beforeAll(async () => {
    downstream = await startDownstream(async (body, { signal }) => {
      if (signal === 'traces') await hold?.promise;
      if (signal === 'logs') logRecords += countRecords('logs', body);
      return undefined;
    });
    processor = await Processor.start({
      // The rules that ship; privacy is always on.
      enrich: { logs: { accessLog: true, json: true }, geo: {}, session: {} },
      forward: { endpoint: downstream.endpoint, timeout: '170s' },
      // None is met by a sender that is slow because this machine is; a test about one has a program of its own.
      receive: { maxConnections: 20, receiveTimeout: '60s', keepalive: '60s' },
    });
    good = client(processor.otlpPort);
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await expect(serve()).resolves.toBeLessThan(HELD_UP_MILLIS);
    expect(processor.peakMemoryMebibytes()).toBeLessThan(MAX_MEBIBYTES);
  });
  afterAll(async () => {
    good.close();
    await processor.stop();
    await downstream.stop();
  });

  /** One whose deadlines a test is about. */
  function startAnother(receive: Readonly<Record<string, unknown>>): Promise<Processor> {
    return Processor.start({ forward: { endpoint: downstream.endpoint }, receive });
  }

  /** A good request of another client; resolves to the milliseconds it took. */
  async function serve(): Promise<number> {
    const started = Date.now();
    await good.export('logs', requestOf('users'));
    return Date.now() - started;
  }

  function open(port = processor.otlpPort): Socket {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    closers.push(() => socket.destroy());
    return socket;
  }

  function openHttp2(port = processor.otlpPort, settings = {}): ClientHttp2Session {
    // Node's own limit would reset streams that have much to send before the answer can be read.
    const session = connectHttp2(`http://127.0.0.1:${port}`, { settings, maxSessionMemory: 1000 });
    session.on('error', () => undefined);
    closers.push(() => {
      session.destroy();
    });
    return session;
  }

  function request(session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT_PATHS.traces,
      'content-type': 'application/grpc',
      ...headers,
    });
    stream.on('error', () => undefined);
    return stream;
  }

  it('by sending random bytes is cut off', async () => {
    for (let round = 0; round < 20; round += 1) {
      const socket = open();
      socket.write(randomBytes(4096));
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(
      await processor.metric('trace_enrichment_connection_errors_total{reason="protocol"}'),
    ).toBeGreaterThan(9);
  });

  it('by random bytes in a gRPC message gets INVALID_ARGUMENT', async () => {
    for (let round = 0; round < 200; round += 1) {
      const junk = Buffer.concat([Buffer.from([0xff]), randomBytes(100)]);
      await expect(good.export('traces', junk)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('by sending 65 MiB is told that this never fits', async () => {
    const bad = client(processor.otlpPort);
    const tooLarge = Buffer.alloc(65 * MEBIBYTE);
    const refused = Promise.all(
      Array.from({ length: 4 }, () =>
        expect(bad.export('traces', tooLarge)).rejects.toMatchObject({
          code: 'RESOURCE_EXHAUSTED',
          retryable: false,
        }),
      ),
    );
    expect(await serve()).toBeLessThan(HELD_UP_MILLIS);
    await refused;
    bad.close();
  });

  it.each([24, 62])(
    'by sending %i MiB of access logs, which grow to several times as much, is served and holds up nobody',
    async (mebibytes) => {
      const { request, records } = accessLogs(mebibytes * MEBIBYTE);
      logRecords = 0;
      const bad = client(processor.otlpPort);
      const state = { isServed: false };
      const served = bad.export('logs', request).finally(() => (state.isServed = true));
      const waits: number[] = [];
      const since = Date.now();
      while (!state.isServed) waits.push(await serve());
      await served;
      expect(logRecords).toBe(records);
      // Whoever is held up waits for as long as all of it takes, however fast or slow this machine is.
      expect(waits.length).toBeGreaterThan(10);
      expect(Math.max(...waits)).toBeLessThan((Date.now() - since) / 2);
      bad.close();
    },
  );

  it('by sending much and finishing nothing leaves room for others, and is ended', async () => {
    const impatient = await startAnother({ receiveTimeout: '6s' });
    const session = openHttp2(impatient.otlpPort);
    const prefix = Buffer.from([0, 4, 0, 0, 0]); // a message of 64 MiB …
    const streams = Array.from({ length: 4 }, () => request(session));
    const ended = Promise.all(
      streams.map(
        (stream) =>
          new Promise<unknown>((resolve) =>
            stream.once('response', (h) => {
              resolve(h['grpc-status']);
            }),
          ),
      ),
    );
    for (const stream of streams) {
      stream.write(prefix);
      stream.write(Buffer.alloc(40 * MEBIBYTE)); // … that stops short of its end
    }
    while ((await impatient.metric('trace_enrichment_in_flight_bytes')) < 30 * MEBIBYTE);
    const another = client(impatient.otlpPort);
    await expect(another.export('logs', requestOf('users'))).resolves.toHaveLength(0);
    another.close();
    // Those for which there was no room: RESOURCE_EXHAUSTED; the rest at receiveTimeout: DEADLINE_EXCEEDED.
    expect(new Set(await ended)).toEqual(new Set(['8', '4']));
    await impatient.metricIs('trace_enrichment_in_flight_bytes', 0);
    expect(impatient.peakMemoryMebibytes()).toBeLessThan(MAX_MEBIBYTES);
    await impatient.stop();
  });

  it('(the downstream) by never answering fills the limit, and senders are asked to come back', async () => {
    hold = deferred();
    const senders = Array.from({ length: 3 }, () => client(processor.otlpPort));
    const exports = senders.flatMap((sender) =>
      Array.from({ length: 5 }, () => sender.export('traces', requestOf('users', {}, 12 * MEBIBYTE))),
    );
    const refused = exports.map((each) =>
      each.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    await expect(Promise.any(refused.map(rejected))).resolves.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryable: true,
    });
    expect(await serve()).toBeLessThan(HELD_UP_MILLIS);
    hold.resolve(undefined);
    hold = undefined;
    const answers = await Promise.all(refused);
    expect(answers.filter((error) => error === undefined).length).toBeGreaterThanOrEqual(5);
    for (const sender of senders) sender.close();
  });

  it('by 10,000 tiny requests on one connection gets 10,000 answers', async () => {
    const busy = client(processor.otlpPort);
    const tiny = requestOf('users');
    const all = Promise.all(Array.from({ length: 10_000 }, () => busy.export('traces', tiny)));
    await serve(); // in its turn
    expect(await all).toHaveLength(10_000);
    busy.close();
  });

  it('by opening 10,000 connections and saying nothing is let go of', async () => {
    const sockets: Socket[] = [];
    const before = await letGo();
    while (sockets.length < 10_000) {
      // As many as the kernel queues; more at once would be dropped there and not reach the program.
      for (let index = 0; index < 500; index += 1) sockets.push(open());
      while ((await letGo()) - before < sockets.length - 20);
      expect(await serve()).toBeLessThan(HELD_UP_MILLIS);
      expect(await processor.metric('trace_enrichment_connections')).toBeLessThanOrEqual(20);
    }
    for (const socket of sockets) socket.destroy();
  });

  /** How many were, for whichever comes first of what ends a client that says nothing. */
  async function letGo(): Promise<number> {
    const counts = ['limit', 'handshake_timeout'].map((reason) =>
      processor.metric(`trace_enrichment_connection_errors_total{reason="${reason}"}`),
    );
    return (await Promise.all(counts)).reduce((sum, count) => sum + (count || 0), 0);
  }

  it.each(['gzip', 'zstd'])('by a %s bomb of 10 GiB is told that this never fits', async (encoding) => {
    const refused = 'trace_enrichment_requests_total{signal="traces",outcome="RESOURCE_EXHAUSTED"}';
    const before = await processor.metric(refused);
    const bomb = encoding === 'gzip' ? gzipBomb() : zstdBomb();
    const prefix = Buffer.from([1, 0, 0, 0, 0]);
    prefix.writeUInt32BE(bomb.length, 1);
    const session = openHttp2();
    const stream = request(session, { 'grpc-encoding': encoding });
    const status = new Promise<unknown>((resolve) =>
      stream.once('response', (headers) => {
        resolve(headers['grpc-status']);
      }),
    );
    stream.end(Buffer.concat([prefix, bomb]));
    expect(await serve()).toBeLessThan(HELD_UP_MILLIS);
    expect(await status).toBe('8');
    expect(await processor.metric(refused)).toBe((before || 0) + 1);
    await processor.metricIs('trace_enrichment_in_flight_bytes', 0);
  });

  it('by never granting a window for the answer holds no more than its own streams', async () => {
    const session = openHttp2(processor.otlpPort, { initialWindowSize: 0 });
    for (let index = 0; index < 500; index += 1) request(session).end(Buffer.alloc(5));
    while ((await processor.metric('trace_enrichment_requests_total{signal="traces",outcome="OK"}')) < 100);
    expect(await serve()).toBeLessThan(HELD_UP_MILLIS);
    await processor.metricIs('trace_enrichment_in_flight_bytes', 0);
  });

  it('by never reading its connection loses it', async () => {
    const impatient = await startAnother({ keepalive: '2s' });
    // What the program sends comes to a proxy that hands it on until it is told not to.
    const upstreams: Socket[] = [];
    const proxy = createServer((socket) => {
      const upstream = open(impatient.otlpPort);
      upstreams.push(upstream);
      socket.pipe(upstream);
      upstream.on('data', (chunk) => socket.write(chunk));
      upstream.on('close', () => socket.destroy());
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.once('listening', resolve));
    const session = openHttp2((proxy.address() as AddressInfo).port);
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    for (const upstream of upstreams) upstream.pause();
    for (let index = 0; index < 100; index += 1) request(session).end(Buffer.alloc(5));
    await impatient.metricIs('trace_enrichment_connection_errors_total{reason="keepalive"}', 1);
    const another = client(impatient.otlpPort);
    await expect(another.export('logs', requestOf('users'))).resolves.toHaveLength(0);
    another.close();
    await impatient.stop();
    proxy.close();
  });
});
