import { type ExportHandler, type GrpcReceiver, type Signal, createReceiver } from '@trace/otlp';
import { parse } from 'protobufjs';

const MIB = 1024 ** 2;

/** What a test looks at in opentelemetry-proto's requests; the rest is skipped. */
const SCHEMA = parse(`
  syntax = "proto3";
  message Request { repeated Container containers = 1; }
  message Container { Resource resource = 1; repeated Scope scopes = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; int64 int_value = 3; ArrayValue array_value = 5; } }
  message ArrayValue { repeated AnyValue values = 1; }
  message Scope { repeated bytes records = 2; }
  message Span { bytes span_id = 2; repeated KeyValue attributes = 9; }
  message LogRecord {
    fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
    repeated KeyValue attributes = 6; bytes trace_id = 9; bytes span_id = 10;
  }
  message Metric { Data gauge = 5; Data sum = 7; }
  message Data { repeated Point points = 1; }
  message Point { repeated KeyValue attributes = 7; }
`).root;

interface AnyValue {
  /** Which one is set. */
  readonly value?: 'stringValue' | 'intValue' | 'arrayValue';
  readonly stringValue?: string;
  readonly intValue?: { toString(): string };
  readonly arrayValue?: { readonly values: readonly AnyValue[] };
}
interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}
interface HasAttributes {
  readonly attributes: readonly KeyValue[];
}
interface Request {
  readonly containers: readonly {
    readonly resource?: HasAttributes;
    readonly scopes: readonly { readonly records: readonly Uint8Array[] }[];
  }[];
}
interface Span extends HasAttributes {
  readonly spanId: Uint8Array;
}
interface LogRecord extends HasAttributes {
  readonly timeUnixNano: { toString(): string };
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body?: AnyValue;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}
interface Metric {
  readonly gauge?: { readonly points: readonly HasAttributes[] };
  readonly sum?: { readonly points: readonly HasAttributes[] };
}

type CapturedValue = string | number | readonly CapturedValue[];
export type CapturedAttributes = Readonly<Record<string, CapturedValue>>;

/** One span, log record or data point, with the attributes of its resource and its own. */
export interface CapturedRecord {
  readonly resource: CapturedAttributes;
  readonly attributes: CapturedAttributes;
}

export interface CapturedLog extends CapturedRecord {
  readonly body: CapturedValue;
  readonly timeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  /** Hexadecimal; empty if there is none. */
  readonly traceId: string;
  readonly spanId: string;
}

/** An OTLP/gRPC server that keeps what it is sent. */
export class OtlpCapture {
  readonly #requests: { readonly signal: Signal; readonly body: Buffer }[] = [];
  readonly #receiver: GrpcReceiver;
  #address = '';
  /** Called first for each request; what it throws is the answer, and the request is not kept. */
  refuse: (signal: Signal) => void = () => undefined;

  constructor() {
    const keep: ExportHandler = (body, { signal }) => {
      this.refuse(signal);
      this.#requests.push({ signal, body: Buffer.from(body) });
      return Promise.resolve(undefined);
    };
    this.#receiver = createReceiver(
      'http2',
      {
        host: '127.0.0.1',
        port: 0,
        maxReceiveBytes: 96 * MIB,
        maxInFlightBytes: 512 * MIB,
        maxConnections: 100,
        maxConcurrentStreamsPerConnection: 1000,
        receiveTimeoutMillis: 30_000,
        handshakeTimeoutMillis: 30_000,
        handlerTimeoutMillis: 30_000,
        keepaliveMillis: 30_000,
        retryAfterMillis: 100,
        maxConnectionAgeGraceMillis: 30_000,
      },
      keep,
    );
  }

  /** host:port */
  get address(): string {
    return this.#address;
  }

  async start(): Promise<void> {
    const { port } = await this.#receiver.start();
    this.#address = `127.0.0.1:${port}`;
  }

  stop(): Promise<void> {
    return this.#receiver.shutdown(0);
  }

  /** All records of one signal and one service so far, resent ones as often as they came. */
  records(signal: Signal, service: string): CapturedRecord[] {
    return this.#requests
      .filter((request) => request.signal === signal)
      .flatMap(({ body }) => recordsOf(body, (record) => attributesOfEach(signal, record)))
      .filter(({ resource }) => resource['service.name'] === service);
  }

  /** The attributes of every resource so far, in the order in which they came. */
  resources(): CapturedAttributes[] {
    return this.#requests.flatMap(({ body }) =>
      (decode('Request', body) as Request).containers.map(({ resource }) => attributesOf(resource)),
    );
  }

  /** All log records of one service, whole. */
  logs(service: string): CapturedLog[] {
    return this.#requests
      .filter(({ signal }) => signal === 'logs')
      .flatMap(({ body }) => logsIn(body))
      .filter(({ resource }) => resource['service.name'] === service);
  }

  /** The ids of all spans of one service, resent ones as often as they came. */
  spanIds(service: string): string[] {
    return this.#requests
      .filter(({ signal }) => signal === 'traces')
      .flatMap(({ body }) => recordsOf(body, (record) => [decode('Span', record) as Span]))
      .filter(({ resource }) => resource['service.name'] === service)
      .map(({ spanId }) => Buffer.from(spanId).toString('hex'));
  }

  /** Size of the largest request of one signal, in bytes. */
  largestRequestBytes(signal: Signal): number {
    return Math.max(
      0,
      ...this.#requests.filter((each) => each.signal === signal).map(({ body }) => body.length),
    );
  }

  clear(): void {
    this.#requests.length = 0;
  }
}

/** The log records of an ExportLogsServiceRequest. */
export function logsIn(body: Buffer): CapturedLog[] {
  return recordsOf(body, (record) => [logOf(decode('LogRecord', record) as LogRecord)]);
}

function recordsOf<Own extends object>(
  body: Buffer,
  read: (record: Uint8Array) => readonly Own[],
): (Own & { readonly resource: CapturedAttributes })[] {
  return (decode('Request', body) as Request).containers.flatMap(({ resource, scopes }) => {
    const ofResource = attributesOf(resource);
    return scopes
      .flatMap(({ records }) => records)
      .flatMap((record) => read(record))
      .map((own) => ({ ...own, resource: ofResource }));
  });
}

function attributesOfEach(signal: Signal, record: Uint8Array): { readonly attributes: CapturedAttributes }[] {
  return pointsOf(signal, record).map((point) => ({ attributes: attributesOf(point) }));
}

function pointsOf(signal: Signal, record: Uint8Array): readonly HasAttributes[] {
  if (signal === 'traces') return [decode('Span', record) as HasAttributes];
  if (signal === 'logs') return [decode('LogRecord', record) as HasAttributes];
  const { gauge, sum } = decode('Metric', record) as Metric;
  return [...(gauge?.points ?? []), ...(sum?.points ?? [])];
}

function logOf(log: LogRecord): Omit<CapturedLog, 'resource'> {
  return {
    attributes: attributesOf(log),
    body: valueOf(log.body),
    timeUnixNano: BigInt(log.timeUnixNano.toString()),
    severityNumber: log.severityNumber,
    severityText: log.severityText,
    traceId: Buffer.from(log.traceId).toString('hex'),
    spanId: Buffer.from(log.spanId).toString('hex'),
  };
}

function decode(message: string, bytes: Uint8Array): unknown {
  return SCHEMA.lookupType(message).decode(bytes);
}

function attributesOf(holder: HasAttributes | undefined): CapturedAttributes {
  return Object.fromEntries((holder?.attributes ?? []).map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(any: AnyValue | undefined): CapturedValue {
  if (any?.value === 'arrayValue') return (any.arrayValue?.values ?? []).map(valueOf);
  if (any?.value === 'intValue') return Number(any.intValue?.toString());
  return any?.stringValue ?? '';
}
