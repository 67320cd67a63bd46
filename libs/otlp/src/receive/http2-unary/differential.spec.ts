import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Flag, FrameType, encodeFrame, encodeSettings } from '../../http2/frames';
import type { HeaderPair } from '../../http2/hpack/static-table';
import { PREFACE } from '../../http2/preface';
import { Setting } from '../../http2/settings';
import { type FieldForm, HpackEncoder } from '../../http2/testing/hpack-encoder';
import { EXPORT_PATHS } from '../../signal';
import { OtlpError } from '../../status/otlp-error';
import { framed } from '../../testing/framed';
import type { Transport } from '../create-receiver';
import { Receivers } from '../testing/receivers';
import { RawClient } from './testing/raw-client';

const form: fc.Arbitrary<FieldForm> = fc.record({
  kind: fc.constantFrom('incremental', 'without', 'never'),
  usesTable: fc.boolean(),
  huffman: fc.boolean(),
});
const PLAIN: FieldForm = { kind: 'without', usesTable: false, huffman: false };
const value = fc.stringMatching(/^[\x21-\x7e]{1,60}$/);

const body = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => framed(Buffer.from(bytes))),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => framed(gzipSync(bytes), 1)),
  // Too long, cut off, of an unknown kind, more than one.
  fc.constant(framed(Buffer.alloc(10_001))),
  fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => framed(Buffer.from(bytes)).subarray(0, -1)),
  fc.constant(framed(Buffer.from('x'), 2)),
  fc.constant(Buffer.concat([framed(Buffer.from('x')), framed(Buffer.from('y'))])),
  fc.constant(Buffer.alloc(0)),
);

/** How a payload is cut into frames, and these are padded. */
const cuts = fc.array(fc.record({ bytes: fc.nat(2000), padding: fc.option(fc.nat(255), { freq: 3 }) }), {
  maxLength: 6,
});

const request = fc.record({
  path: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...Object.values(EXPORT_PATHS)) },
    { weight: 1, arbitrary: fc.constantFrom('/', '/nope?secret', '/grpc.health.v1.Health/Check') },
  ),
  method: fc.oneof(
    { weight: 9, arbitrary: fc.constant('POST') },
    { weight: 1, arbitrary: fc.constant('GET') },
  ),
  contentType: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('application/grpc', 'application/grpc+proto') },
    { weight: 1, arbitrary: fc.constant('text/plain') },
  ),
  encoding: fc.constantFrom(undefined, 'gzip', 'identity', 'snappy'),
  timeout: fc.constantFrom(undefined, '20S', '1H', '99999999m', 'soon'),
  more: fc.array(fc.tuple(fc.stringMatching(/^x-[a-c]{1,2}$/), value), { maxLength: 5 }),
  /** A header list of 10 to 20 KB with three of these: near the limit, and over it. */
  large: fc.constantFrom(0, 0, 0, 3000, 6000),
  forms: fc.array(form, { minLength: 1, maxLength: 8 }),
  tableBytes: fc.option(fc.nat(4096), { freq: 5 }),
  body,
  headerCuts: cuts,
  bodyCuts: cuts,
  priority: fc.boolean(),
  trailers: fc.boolean(),
});
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never;

const conversation = fc.record({
  requests: fc.array(request, { minLength: 1, maxLength: 6 }),
  /** Which stream's next frame goes out next. */
  order: fc.array(fc.nat(5), { maxLength: 60 }),
  writeBytes: fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 }),
  initialWindow: fc.constantFrom(0, 7, 65_535, 2 ** 20),
  tableSetting: fc.constantFrom(undefined, 0, 4096, 65_536),
});
type Conversation = typeof conversation extends fc.Arbitrary<infer C> ? C : never;

function fieldsOf({ path, method, contentType, encoding, timeout, more, large }: Request): HeaderPair[] {
  const optional = (name: string, text: string | undefined): HeaderPair[] =>
    text === undefined ? [] : [[name, text]];
  return [
    [':method', method],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'x'],
    ['content-type', contentType],
    ['te', 'trailers'],
    ...optional('grpc-encoding', encoding),
    ...optional('grpc-timeout', timeout),
    ...more,
    ...(large > 0 ? ['x-l1', 'x-l2', 'x-l3'].map((name): HeaderPair => [name, 'l'.repeat(large)]) : []),
  ];
}

/** Cut into pieces with padding, which only HEADERS and DATA have; the last has the rest. */
function pieces(payload: Buffer, cutsOf: Request['bodyCuts']): { part: Buffer; padding: number | null }[] {
  const cut: { part: Buffer; padding: number | null }[] = [];
  let at = 0;
  for (const { bytes, padding } of cutsOf) {
    cut.push({ part: payload.subarray(at, at + bytes), padding });
    at = Math.min(payload.length, at + bytes);
  }
  for (; at < payload.length || cut.length === 0; at += 10_000) {
    cut.push({ part: payload.subarray(at, at + 10_000), padding: null });
  }
  return cut;
}

function padded(part: Buffer, padding: number | null): { payload: Buffer; flag: number } {
  if (padding === null) return { payload: part, flag: 0 };
  return { payload: Buffer.concat([Buffer.from([padding]), part, Buffer.alloc(padding)]), flag: Flag.PADDED };
}

/** The header block in one piece, since nothing may come between its frames, and then one frame after the other. */
function framesOf(streamId: number, how: Request, encoder: HpackEncoder): Buffer[] {
  if (how.tableBytes !== null) encoder.resize(how.tableBytes);
  const block = encoder.encode(
    fieldsOf(how).map((field, index) => [field, how.forms[index % how.forms.length] ?? PLAIN]),
  );
  const headers = pieces(block, how.headerCuts).map(({ part, padding }, index, all) => {
    const end = index === all.length - 1 ? Flag.END_HEADERS : 0;
    if (index > 0) return encodeFrame({ type: FrameType.CONTINUATION, flags: end, streamId, payload: part });
    const priority = how.priority ? Buffer.from('0000000010', 'hex') : Buffer.alloc(0);
    const { payload, flag } = padded(Buffer.concat([priority, part]), padding);
    const flags = end | flag | (how.priority ? Flag.PRIORITY : 0);
    return encodeFrame({ type: FrameType.HEADERS, flags, streamId, payload });
  });
  const data = pieces(how.body, how.bodyCuts).map(({ part, padding }, index, all) => {
    const { payload, flag } = padded(part, padding);
    const end = index === all.length - 1 && !how.trailers ? Flag.END_STREAM : 0;
    return encodeFrame({ type: FrameType.DATA, flags: flag | end, streamId, payload });
  });
  return [Buffer.concat(headers), ...data];
}

/** All bytes of a conversation. Header blocks are encoded in the order in which they go out. */
function bytesOf({ requests, order, initialWindow, tableSetting }: Conversation): Buffer {
  const encoder = new HpackEncoder();
  const settings = new Map<number, number>([[Setting.INITIAL_WINDOW_SIZE, initialWindow]]);
  if (tableSetting !== undefined) settings.set(Setting.HEADER_TABLE_SIZE, tableSetting);
  const bytes = [PREFACE, encodeSettings(settings)];
  const left = requests.map((how, index) => framesOf(2 * index + 1, how, encoder));
  bytes.push(...left.map(([headers]) => headers ?? Buffer.alloc(0)));
  const rest = left.map((frames) => frames.slice(1));
  for (const turn of [...order, ...rest.flatMap((frames, index) => frames.map(() => index))]) {
    const next = rest[turn % rest.length]?.shift();
    if (next !== undefined) bytes.push(next);
  }
  for (const [index, { trailers }] of requests.entries()) {
    if (!trailers) continue;
    const payload = encoder.encode([
      [['x-checksum', String(index)], { kind: 'incremental', usesTable: true, huffman: true }],
    ]);
    const flags = Flag.END_HEADERS | Flag.END_STREAM;
    bytes.push(encodeFrame({ type: FrameType.HEADERS, flags, streamId: 2 * index + 1, payload }));
  }
  return Buffer.concat(bytes);
}

/** The same bytes to both servers. */
describe('the HTTP/2 server for unary calls, beside that of node:http2', () => {
  const receivers = new Receivers();
  const ports = new Map<Transport, number>();
  let handled: string[] = [];

  beforeAll(async () => {
    for (const transport of ['http2-unary', 'http2'] as const) {
      const { port } = await receivers.start(
        transport,
        { maxInFlightBytes: 1_000_000, keepaliveMillis: 60_000 },
        (received, { signal, deadlineEpochMillis = Infinity, receivedAtEpochMillis }) => {
          const seconds = Math.round((deadlineEpochMillis - receivedAtEpochMillis) / 1000);
          handled.push(`${signal} ${seconds} ${received.toString('latin1')}`);
          if (received.length % 5 === 4) return Promise.reject(new OtlpError('UNAVAILABLE', 'five: ü'));
          return Promise.resolve(received.length % 3 === 0 ? undefined : received);
        },
      );
      ports.set(transport, port);
    }
  });
  afterAll(() => receivers.cleanUp());

  async function converse(transport: Transport, how: Conversation): Promise<unknown> {
    handled = [];
    const client = RawClient.silent(ports.get(transport) ?? 0);
    const bytes = bytesOf(how);
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const length = how.writeBytes[turn % how.writeBytes.length] ?? 1;
      client.write(bytes.subarray(at, at + length));
      at += length;
    }
    for (const index of how.requests.keys()) {
      const streamId = 2 * index + 1;
      const window = Buffer.alloc(4);
      window.writeUInt32BE(100_000);
      // An answered stream is over, and this one late; that must do no harm.
      client.send(FrameType.WINDOW_UPDATE, 0, streamId, window);
    }
    const answers: unknown[] = [];
    for (const index of how.requests.keys()) {
      const { headers, message } = await client.answer(2 * index + 1);
      // node:http2 adds the date, which gRPC does not ask for.
      answers.push({ headers: { ...headers, date: undefined }, message: message.toString('latin1') });
    }
    client.socket.destroy();
    return { answers, handled: handled.sort() };
  }

  it('comes to the same answers', async () => {
    await fc.assert(
      fc.asyncProperty(conversation, async (how) => {
        expect(await converse('http2-unary', how)).toEqual(await converse('http2', how));
      }),
      { numRuns: 100 },
    );
  }, 300_000);
});
