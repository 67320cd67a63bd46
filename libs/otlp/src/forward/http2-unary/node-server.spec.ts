import { type Http2Server, type Http2Session, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { OtlpError } from '../../status/otlp-error';
import { OtlpForwarder } from '../otlp-forwarder';

/**
 * A window and requests that fill it: at most fifty times, since a byte at a time costs a frame and a round trip each,
 * which on a slow machine is the call's deadline.
 */
const windowAndRequests = fc
  .oneof(fc.integer({ min: 1, max: 300 }), fc.constant(65_535), fc.constant(2 ** 20))
  .chain((initialWindowSize) =>
    fc.record({
      initialWindowSize: fc.constant(initialWindowSize),
      requests: fc.array(
        fc.oneof(
          fc.nat(Math.min(2000, 50 * initialWindowSize)),
          fc.nat(Math.min(100_000, 50 * initialWindowSize)),
        ),
        {
          minLength: 1,
          maxLength: 6,
        },
      ),
    }),
  );

/** What a server does with a request, and how it speaks. */
const behaviour = fc.record({
  windowAndRequests,
  maxFrameSize: fc.integer({ min: 16_384, max: 100_000 }),
  maxConcurrentStreams: fc.integer({ min: 1, max: 5 }),
  headerTableSize: fc.constantFrom(0, 100, 4096, 65_536),
  answerBytes: fc.oneof(fc.constant(undefined), fc.nat(100), fc.nat(40_000)),
  status: fc.integer({ min: 0, max: 17 }),
  message: fc.string({ unit: 'binary', maxLength: 2000 }),
  extra: fc.dictionary(
    fc.stringMatching(/^x-[a-z]{1,10}$/),
    fc.stringMatching(/^[\x21-\x7e]{1,40}$/), // many of these go in Huffman's code, others as they are
    { maxKeys: 20 },
  ),
  longHeaderBytes: fc.oneof(fc.constant(1), fc.integer({ min: 17_000, max: 40_000 })),
});

const OPTIONS = {
  timeoutMillis: 60_000, // no deadline is met here: both clients have all the time there is
  keepaliveMillis: 10_000,
  keepaliveTimeoutMillis: 60_000,
  maxReconnectMillis: 50,
  maxResponseBytes: 50_000,
};

type Behaviour = typeof behaviour extends fc.Arbitrary<infer B> ? B : never;

/** The same calls to the same server, over both clients. */
describe('the HTTP/2 client for unary calls, beside that of node:http2', () => {
  it('comes to the same answers', async () => {
    await fc.assert(
      fc.asyncProperty(behaviour, async (how) => {
        const ours = await outcomes(how, 'http2-unary');
        expect(ours.bodies).toEqual(how.windowAndRequests.requests.map((bytes) => bytes + 5).sort());
        expect(ours).toEqual(await outcomes(how, 'http2'));
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

async function outcomes(
  how: Behaviour,
  transport: 'http2-unary' | 'http2',
): Promise<{ results: unknown[]; bodies: number[] }> {
  const bodies: number[] = [];
  const sessions: Http2Session[] = [];
  const server = serve(how, bodies);
  server.on('session', (session) => sessions.push(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const forwarder = new OtlpForwarder({ ...OPTIONS, endpoint, transport });
  const results = await Promise.all(
    how.windowAndRequests.requests.map((bytes) =>
      forwarder.export('traces', Buffer.alloc(bytes, bytes)).catch((error: unknown) => {
        const { code, message, retryAfterMillis } = error as OtlpError;
        return { code, message, retryAfterMillis };
      }),
    ),
  );
  forwarder.close();
  for (const session of sessions) session.destroy();
  server.close();
  return { results, bodies: bodies.sort() };
}

function serve(
  {
    windowAndRequests: { initialWindowSize },
    answerBytes,
    status,
    message,
    extra,
    longHeaderBytes,
    ...rest
  }: Behaviour,
  bodies: number[],
): Http2Server {
  const settings = { initialWindowSize, ...rest };
  const server = createServer({ settings, maxSendHeaderBlockLength: 100_000 });
  const trailers = { 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message), ...extra };
  const long = { 'x-long': '~'.repeat(longHeaderBytes) }; // 13 bits each in Huffman's code, so they are not coded
  server.on('stream', (stream) => {
    let bytes = 0;
    let isIntact = true;
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      isIntact &&= chunk.length < 6 || new Set(chunk.subarray(5)).size === 1;
    });
    stream.on('end', () => {
      bodies.push(isIntact ? bytes : -1);
      if (stream.destroyed || stream.closed) return; // a client that gave up; its outcome says so
      if (answerBytes === undefined) {
        stream.respond({ ':status': 200, ...trailers, ...long }, { endStream: true });
        return;
      }
      stream.respond({ ':status': 200, ...long, ...extra }, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        if (!stream.destroyed && !stream.closed) stream.sendTrailers(trailers);
      });
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(answerBytes, 1);
      stream.end(Buffer.concat([prefix, Buffer.alloc(answerBytes, 7)]));
    });
  });
  return server;
}
