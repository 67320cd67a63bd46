import { WireReader, createReceiver } from '@trace/otlp';
import { messagesOf } from '../../e2e/support/wire.ts';

/**
 * The downstream of both hops, in a process of its own: acknowledges at once. To its parent it sends its port,
 * and when asked the resource attributes of the last request, to show that both hops did the same work.
 */

const MEBIBYTE = 1024 * 1024;
let last: Buffer = Buffer.alloc(0);

const receiver = createReceiver(
  'http2',
  {
    host: '127.0.0.1',
    port: 0,
    maxReceiveBytes: 64 * MEBIBYTE,
    maxInFlightBytes: 512 * MEBIBYTE,
    maxConnections: 100,
    maxConcurrentStreamsPerConnection: 1000,
    receiveTimeoutMillis: 30_000,
    handlerTimeoutMillis: 30_000,
    keepaliveMillis: 30_000,
    retryAfterMillis: 1000,
  },
  (body) => {
    last = body;
    return Promise.resolve(undefined);
  },
);

function resourceAttributes(request: Buffer): Record<string, string>[] {
  return messagesOf(new WireReader(request), 0x0a).map((container) =>
    Object.fromEntries(
      messagesOf(container, 0x0a)
        .flatMap((resource) => messagesOf(resource, 0x0a))
        .map(readKeyValue),
    ),
  );
}

function readKeyValue(keyValue: WireReader): [string, string] {
  let key = '';
  let value = '';
  while (!keyValue.done) {
    const tag = keyValue.tag();
    if (tag === 0x0a) key = keyValue.string();
    else if (tag === 0x12) value = messagesOf(keyValue.message(), 0x0a).map(text).join('');
    else keyValue.skip(tag & 7, tag >>> 3);
  }
  return [key, value];
}

function text(reader: WireReader): string {
  return Buffer.from(reader.buffer.subarray(reader.position, reader.end)).toString();
}

process.on('message', () => process.send?.({ resources: resourceAttributes(last) }));
process.on('disconnect', () => process.exit());
const { port } = await receiver.start();
process.send?.({ port });
