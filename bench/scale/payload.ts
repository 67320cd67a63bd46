import { randomBytes } from 'node:crypto';
import { type Signal, encodeBytesField, encodeVarintField } from '@trace/otlp';

export const RECORDS_PER_REQUEST = 500;
const SERVICES = 10;
const SPANS_PER_TRACE = 8;
const ROUTES = [
  '/users/:id',
  '/orders',
  '/orders/:id',
  '/payments',
  '/health',
  '/search',
  '/cart',
  '/checkout',
];

const text = (value: string): Buffer => encodeBytesField(1, value);
const attribute = (field: number, key: string, value: string): Buffer =>
  encodeBytesField(field, Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, text(value))]));

function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(field * 8 + 1);
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}

const nanos = (epochMillis: number): bigint => BigInt(Math.round(epochMillis)) * 1_000_000n;
const route = (index: number): string => ROUTES[index % ROUTES.length] ?? '';

/** What a span of HTTP has by the semantic conventions; ids and durations are random, as nothing else is. */
function httpAttributes(field: number, index: number): Buffer[] {
  return [
    attribute(field, 'http.request.method', index % 3 === 0 ? 'POST' : 'GET'),
    attribute(field, 'http.route', route(index)),
    attribute(field, 'http.response.status_code', index % 50 === 0 ? '500' : '200'),
    attribute(field, 'url.path', route(index).replace(':id', String(Math.floor(Math.random() * 100_000)))),
    attribute(field, 'server.address', `service-${index % SERVICES}.shop.svc.cluster.local`),
    attribute(field, 'user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'),
    attribute(field, 'network.protocol.version', '1.1'),
    attribute(field, 'client.address', `10.20.${index % 200}.${Math.floor(Math.random() * 250)}`),
  ];
}

function spans(): Buffer[] {
  const end = Date.now();
  let traceId = randomBytes(16);
  let parent: Buffer = Buffer.alloc(0);
  return Array.from({ length: RECORDS_PER_REQUEST }, (_, index) => {
    const isRoot = index % SPANS_PER_TRACE === 0;
    if (isRoot) [traceId, parent] = [randomBytes(16), Buffer.alloc(0)];
    const spanId = randomBytes(8);
    const message = Buffer.concat([
      encodeBytesField(1, traceId),
      encodeBytesField(2, spanId),
      ...(isRoot ? [] : [encodeBytesField(4, parent)]),
      encodeBytesField(5, `GET ${route(index)}`),
      encodeVarintField(6, isRoot ? 2 : 3),
      fixed64(7, nanos(end - 5 - Math.random() * 200)),
      fixed64(8, nanos(end)),
      ...httpAttributes(9, index),
    ]);
    parent = spanId;
    return message;
  });
}

function lines(): Buffer[] {
  const now = Date.now();
  return Array.from({ length: RECORDS_PER_REQUEST }, (_, index) => {
    const id = randomBytes(6).toString('hex');
    const body = `order ${id} of user ${Math.floor(Math.random() * 1e6)} took ${Math.floor(Math.random() * 400)} ms, ${route(index)}`;
    return Buffer.concat([
      fixed64(1, nanos(now) + BigInt(index)),
      encodeVarintField(2, 9),
      encodeBytesField(3, 'INFO'),
      encodeBytesField(5, text(body)),
      attribute(6, 'http.route', route(index)),
      attribute(6, 'code.function.name', 'OrdersService.place'),
      encodeBytesField(9, randomBytes(16)),
      encodeBytesField(10, randomBytes(8)),
    ]);
  });
}

/** A gauge for each series; the value moves as one does. */
function points(): Buffer[] {
  const now = nanos(Date.now());
  return Array.from({ length: RECORDS_PER_REQUEST }, (_, index) => {
    const value = Buffer.alloc(9);
    value.writeUInt8(4 * 8 + 1);
    value.writeDoubleLE(Math.round(1000 + 200 * Math.random()), 1);
    const point = Buffer.concat([
      attribute(7, 'http.route', route(index)),
      attribute(7, 'shard', String(index)),
      fixed64(3, now),
      value,
    ]);
    return Buffer.concat([
      encodeBytesField(1, 'bench.scale.gauge'),
      encodeBytesField(5, encodeBytesField(1, point)),
    ]);
  });
}

const RECORDS = { traces: spans, logs: lines, metrics: points } as const;

/** One Export*ServiceRequest of one of ten services, with ids and times that no other has. */
export function newRequest(signal: Signal, number: number): Buffer {
  const resource = encodeBytesField(
    1,
    Buffer.concat([
      attribute(1, 'service.name', `service-${number % SERVICES}`),
      attribute(1, 'service.version', '1.2.3'),
      attribute(1, 'service.instance.id', `service-${number % SERVICES}-0`),
      attribute(1, 'host.name', 'node-1'),
    ]),
  );
  const records = RECORDS[signal]().map((record) => encodeBytesField(2, record));
  return encodeBytesField(1, Buffer.concat([resource, encodeBytesField(2, Buffer.concat(records))]));
}
