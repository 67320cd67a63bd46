import { createRequire } from 'node:module';
import type { Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { Http2Transport } from './http2-transport';
import { UnaryConnection } from './http2-unary/unary-connection';
import { mergeResponses } from './merge-responses';
import { splitRequest } from './split-request';
import type { Transport, TransportOptions } from './transport';

/** What may be left out of the transport's options. */
const DEFAULTS = {
  connectTimeoutMillis: 5000,
  connections: 1,
  compression: 'none',
} as const satisfies Partial<TransportOptions>;

export interface ForwarderOptions
  extends
    Omit<TransportOptions, keyof typeof DEFAULTS>,
    Partial<Pick<TransportOptions, keyof typeof DEFAULTS>> {
  /** `http2-unary` is ours; `http2`, on Node's, and `grpc-js` are the references that it is tested against. */
  readonly transport?: 'http2-unary' | 'http2' | 'grpc-js';
  /** The most that one export may take, from the call to the answer. */
  readonly timeoutMillis: number;
  /** A larger request is sent in parts, each within this; the downstream must accept it. Absent: no limit. */
  readonly maxRequestBytes?: number;
  /** Exports that may run at once; one more is asked to come back. Absent: no limit of its own. */
  readonly maxConcurrentExports?: number;
}

/** What a sender is told to wait when too many exports run. */
const RETRY_AFTER_MILLIS = 1000;

/** OTLP/gRPC client that sends bodies as they are, and hands on what the downstream answered. */
export class OtlpForwarder {
  readonly #transport: Transport;
  #running = 0;

  constructor(private readonly options: ForwarderOptions) {
    const complete = { ...DEFAULTS, ...options };
    this.#transport = makeTransport(options.transport ?? 'http2-unary', complete);
  }

  /**
   * Sends an encoded Export*ServiceRequest; resolves to the encoded response, which may report a partial
   * success. Rejects with OtlpError: the downstream's code, message and RetryInfo, or UNAVAILABLE when there
   * was no answer. `timeoutMillis` can only shorten the configured one. A request that is sent in parts is
   * acknowledged when all of them are; after a failure some may have arrived, and arrive again with the retry.
   */
  async export(signal: Signal, body: Uint8Array, timeoutMillis = Infinity): Promise<Buffer> {
    const { maxConcurrentExports = Infinity, maxRequestBytes = Infinity } = this.options;
    if (this.#running >= maxConcurrentExports) {
      throw new OtlpError('RESOURCE_EXHAUSTED', `over ${maxConcurrentExports} exports at once`, {
        retryAfterMillis: RETRY_AFTER_MILLIS,
      });
    }
    const millis = Math.min(timeoutMillis, this.options.timeoutMillis);
    this.#running += 1;
    try {
      if (body.length <= maxRequestBytes) return await this.#transport.call(signal, body, millis);
      return await this.#exportParts(signal, splitRequest(body, maxRequestBytes), millis);
    } finally {
      this.#running -= 1;
    }
  }

  /** Ends the connections; exports that are running end as CANCELLED. */
  close(): void {
    this.#transport.close();
  }

  /** One after the other: the downstream's limit says how much it can take at a time. */
  async #exportParts(signal: Signal, parts: Iterable<Buffer>, timeoutMillis: number): Promise<Buffer> {
    const deadline = Date.now() + timeoutMillis;
    const answers: Buffer[] = [];
    for (const part of parts) {
      answers.push(await this.#transport.call(signal, part, deadline - Date.now()));
    }
    return mergeResponses(answers);
  }
}

function makeTransport(
  name: NonNullable<ForwarderOptions['transport']>,
  options: TransportOptions,
): Transport {
  switch (name) {
    case 'http2-unary':
      return new Http2Transport(options, (...open) => new UnaryConnection(...open));
    case 'http2':
      return new Http2Transport(options, (...open) => new (http2Connection())(...open));
    case 'grpc-js':
      return new (grpcJsTransport())(options);
  }
}

/** The references are loaded when they are asked for: each takes some MiB of a process (docs/performance.md). */
const load = createRequire(__filename);

function http2Connection(): typeof import('./http2-connection').Http2Connection {
  return (load('./http2-connection') as typeof import('./http2-connection')).Http2Connection;
}

function grpcJsTransport(): typeof import('./grpc-js-transport').GrpcJsTransport {
  return (load('./grpc-js-transport') as typeof import('./grpc-js-transport')).GrpcJsTransport;
}
