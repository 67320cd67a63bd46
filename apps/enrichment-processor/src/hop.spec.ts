import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type IncomingHttpHeaders, connect, constants } from 'node:http2';
import {
  type ExportContext,
  EXPORT_PATHS,
  OtlpError,
  type OtlpForwarder,
  encodeBytesField,
} from '@trace/otlp';
import { Processor } from './testing/processor';
import { type Downstream, client, requestOf, startDownstream } from './testing/otlp-peers';

/** The hop, end to end: a sender, the real program, and a downstream that answers as each test wants. */
describe('the hop', () => {
  let downstream: Downstream;
  let processor: Processor;
  let sender: OtlpForwarder;
  let answer: (body: Buffer, context: ExportContext) => Promise<Buffer | undefined>;
  let received: { body: Buffer; context: ExportContext }[] = [];

  beforeAll(async () => {
    downstream = await startDownstream((body, context) => {
      received.push({ body, context });
      return answer(body, context);
    });
    processor = await Processor.start({ forward: { endpoint: downstream.endpoint } });
    sender = client(processor.otlpPort);
  });
  afterAll(async () => {
    sender.close();
    await processor.stop();
    await downstream.stop();
  });
  beforeEach(() => {
    received = [];
    answer = () => Promise.resolve(undefined);
  });

  it.each(['traces', 'logs', 'metrics'] as const)(
    'adds attributes to %s and sends them on',
    async (signal) => {
      await sender.export(signal, requestOf('users', { 'service.owner': 'somebody else' }));
      const expected = requestOf('users', {
        'service.owner': 'somebody else',
        'deployment.environment.name': 'test',
        'service.criticality': 'high',
        'service.runbook.url': 'https://runbooks.example.com/users',
      });
      expect(received.map(({ body, context }) => [context.signal, body.toString('hex')])).toEqual([
        [signal, expected.toString('hex')],
      ]);
    },
  );

  it('acknowledges only what the downstream has acknowledged, with its own words', async () => {
    // ExportTracePartialSuccess {rejected_spans = 1, error_message = 2}
    const partial = encodeBytesField(
      1,
      Buffer.concat([Buffer.from([0x08, 3]), encodeBytesField(2, 'too old')]),
    );
    let acknowledged = false;
    answer = async () => {
      await new Promise(setImmediate);
      acknowledged = true;
      return partial;
    };
    const response = await sender.export('traces', requestOf('users'));
    expect(acknowledged).toBe(true);
    expect(response.equals(partial)).toBe(true);
  });

  it.each([
    new OtlpError('RESOURCE_EXHAUSTED', 'queue is full', { retryAfterMillis: 1500 }),
    new OtlpError('RESOURCE_EXHAUSTED', 'too large'),
    new OtlpError('UNAVAILABLE', 'no room: 100 %, müde'),
    new OtlpError('UNIMPLEMENTED', 'no such signal'),
    new OtlpError('INTERNAL', 'permanent'),
  ])('hands on $code ($message)', async (error) => {
    answer = () => Promise.reject(error);
    await expect(sender.export('logs', requestOf('users'))).rejects.toMatchObject({
      code: error.code,
      message: error.message,
      retryAfterMillis: error.retryAfterMillis,
      retryable: error.retryable,
    });
  });

  it.each(['UNAUTHENTICATED', 'PERMISSION_DENIED'] as const)(
    'makes the sender try again while the downstream refuses our credentials (%s), and says so',
    async (code) => {
      answer = () => Promise.reject(new OtlpError(code, 'token expired'));
      const message = `the downstream refuses this program's credentials: ${code} token expired`;
      await expect(sender.export('metrics', requestOf('users'))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message,
        retryable: true,
      });
    },
  );

  it('hands on the deadline, and answers when it is over', async () => {
    answer = () => new Promise(() => undefined);
    const started = Date.now();
    await expect(sender.export('traces', requestOf('users'), 3000)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const deadline = received[0]?.context.deadlineEpochMillis ?? Infinity;
    expect(deadline - started).toBeGreaterThan(2000);
    expect(deadline - started).toBeLessThan(15_000); // not the processor's own, of 30 s
  });

  it('answers INVALID_ARGUMENT to bytes that are no request, and sends nothing on', async () => {
    const whole = requestOf('users');
    await expect(sender.export('traces', whole.subarray(0, -1))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(received).toHaveLength(0);
    await expect(sender.export('traces', whole)).resolves.toHaveLength(0);
  });

  it('takes gzip', async () => {
    await expect(post(processor.otlpPort, framed(gzipSync(requestOf('users')), true))).resolves.toBe('0');
    expect(received).toHaveLength(1);
  });

  it('counts what it did', async () => {
    const before = await processor.metric('trace_enrichment_requests_total{signal="metrics",outcome="OK"}');
    await sender.export('metrics', requestOf('users'));
    // An answer is on its way a moment before it is counted, and its request's bytes are given back.
    await processor.metricIs('trace_enrichment_requests_total{signal="metrics",outcome="OK"}', before + 1);
    await processor.metricIs('trace_enrichment_in_flight_bytes', 0);
    await processor.metricIs('trace_enrichment_refused_total{signal="logs",reason="UNIMPLEMENTED"}', 1);
  });

  it('makes the sender try again while the downstream is away, and goes on when it is back', async () => {
    // A path, since a port that is free for a moment may be taken by others.
    const folder = mkdtempSync(join(tmpdir(), 'trace-hop-'));
    const socket = join(folder, 'otlp.sock');
    const away = await startDownstream(() => Promise.resolve(undefined), socket);
    const other = await Processor.start({ forward: { endpoint: away.endpoint, maxReconnect: '50ms' } });
    const otherSender = client(other.otlpPort);
    try {
      await otherSender.export('traces', requestOf('users'));
      await away.stop();
      await expect(otherSender.export('traces', requestOf('users'))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      });
      const back = await startDownstream(() => Promise.resolve(undefined), socket);
      const deadline = Date.now() + 30_000;
      for (;;) {
        try {
          await otherSender.export('traces', requestOf('users'));
          break;
        } catch (error) {
          if (!(error instanceof OtlpError && error.retryable) || Date.now() > deadline) throw error;
        }
      }
      await back.stop();
    } finally {
      otherSender.close();
      await other.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

function framed(message: Buffer, compressed: boolean): Buffer {
  const prefix = Buffer.from([compressed ? 1 : 0, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** A gRPC call by hand; resolves to the grpc-status. */
async function post(port: number, body: Buffer): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: EXPORT_PATHS.traces,
    'content-type': 'application/grpc',
    'grpc-encoding': 'gzip',
    te: 'trailers',
  });
  const status = new Promise<string>((resolve, reject) => {
    stream.on('error', reject);
    for (const event of ['response', 'trailers'] as const) {
      stream.on(event, (headers: IncomingHttpHeaders) => {
        const value = headers['grpc-status'];
        if (typeof value === 'string') resolve(value);
      });
    }
  });
  stream.resume();
  stream.end(body);
  try {
    return await status;
  } finally {
    session.destroy();
  }
}
