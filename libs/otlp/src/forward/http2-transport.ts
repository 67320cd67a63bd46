import { promisify } from 'node:util';
import { constants as zlibConstants, gzip } from 'node:zlib';
import { InFlight } from '../in-flight';
import type { Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import type { Attempt, AttemptResult, CallRequest, Connection, OpenConnection } from './connection';
import { INITIAL_RECONNECT_MILLIS, type Transport, type TransportOptions } from './transport';

/** How often waiting calls are looked at; deadlines are kept to within this. */
const SWEEP_MILLIS = 50;
/** A stream that the server did not look at is sent again, this often; gRPC's "transparent retry". */
const MAX_ATTEMPTS = 3;
/** gRPC allows eight digits. */
const MAX_TIMEOUT_MILLIS = 99_999_999;

const compress = promisify(gzip);

interface Call {
  readonly id: number;
  readonly request: CallRequest;
  readonly startedAtEpochMillis: number;
  readonly timeoutMillis: number;
  readonly resolve: (answer: Buffer) => void;
  readonly reject: (error: OtlpError) => void;
  attempts: number;
  /** Where it is now; absent while it waits for a connection. */
  on?: { readonly connection: Connection; readonly attempt: Attempt };
}

/** A place for a connection, and when the next may be tried. */
interface Slot {
  connection: Connection | undefined;
  failures: number;
  retryAtEpochMillis: number;
  reason: string;
}

/**
 * Unary gRPC calls over HTTP/2 connections of either kind. Beside the library this has windows as large as its
 * calls, one write for a call, no timer for each, and no layers that a unary call of known bytes does not need.
 */
export class Http2Transport implements Transport {
  readonly #slots: readonly Slot[];
  readonly #calls = new InFlight<Call>();
  /** In the order they came, until there is a connection. */
  readonly #waiting = new Set<Call>();
  readonly #sweep: NodeJS.Timeout;
  readonly #flag: number;
  #lastCallId = 0;
  #closed = false;

  constructor(
    private readonly options: TransportOptions,
    private readonly openConnection: OpenConnection,
  ) {
    this.#flag = options.compression === 'gzip' ? 1 : 0;
    this.#slots = Array.from({ length: options.connections }, () => ({
      connection: undefined,
      failures: 0,
      retryAtEpochMillis: 0,
      reason: '',
    }));
    this.#sweep = setInterval(() => {
      this.#expire(Date.now());
    }, SWEEP_MILLIS).unref();
  }

  async call(signal: Signal, message: Uint8Array, timeoutMillis: number): Promise<Buffer> {
    const body =
      this.#flag === 0
        ? message
        : await compress(message, { level: zlibConstants.Z_BEST_SPEED, chunkSize: 64 * 1024 });
    return new Promise((resolve, reject) => {
      const call: Call = {
        id: (this.#lastCallId += 1),
        request: {
          signal,
          grpcTimeout: grpcTimeout(timeoutMillis),
          token: this.options.bearerToken?.(),
          prefix: prefixOf(this.#flag, body.length),
          message: body,
        },
        startedAtEpochMillis: Date.now(),
        timeoutMillis,
        resolve,
        reject,
        attempts: 0,
      };
      this.#calls.add(call);
      this.#dispatch(call);
    });
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const call of this.#calls) this.#fail(call, new OtlpError('CANCELLED', 'the forwarder was closed'));
    for (const { connection } of this.#slots) connection?.destroy();
  }

  #dispatch(call: Call): void {
    if (this.#closed) {
      this.#fail(call, new OtlpError('CANCELLED', 'the forwarder was closed'));
      return;
    }
    const now = Date.now();
    let best: Connection | undefined;
    let connecting = false;
    for (const slot of this.#slots) {
      if (slot.connection === undefined && now >= slot.retryAtEpochMillis) this.#connect(slot);
      const { connection } = slot;
      if (connection === undefined) continue;
      connecting ||= connection.connecting;
      if (connection.ready && (best === undefined || connection.activeCalls < best.activeCalls))
        best = connection;
    }
    if (best !== undefined) this.#start(call, best);
    else if (connecting) this.#waiting.add(call);
    else this.#fail(call, this.#unreachable());
  }

  #start(call: Call, connection: Connection): void {
    call.attempts += 1;
    const attempt = connection.start(call.request, (result) => {
      this.#settle(call, result);
    });
    call.on = { connection, attempt };
  }

  #settle(call: Call, result: AttemptResult): void {
    delete call.on;
    if (!this.#calls.has(call)) return;
    if (result instanceof OtlpError) {
      this.#fail(call, result);
    } else if (result !== 'unprocessed') {
      this.#calls.delete(call);
      call.resolve(result);
    } else if (call.attempts < MAX_ATTEMPTS) {
      // Not at once: Node may be in the middle of closing the connection that refused.
      setImmediate(() => {
        if (this.#calls.has(call)) this.#dispatch(call);
      });
    } else {
      const { endpoint } = this.options;
      this.#fail(call, new OtlpError('UNAVAILABLE', `${endpoint} refused the stream ${call.attempts} times`));
    }
  }

  #fail(call: Call, error: OtlpError): void {
    this.#calls.delete(call);
    this.#waiting.delete(call);
    call.reject(error);
    call.on?.attempt.end(error);
  }

  #connect(slot: Slot): void {
    slot.connection = this.openConnection(this.options, {
      onReady: () => {
        slot.failures = 0;
        const waiting = [...this.#waiting];
        this.#waiting.clear();
        for (const call of waiting) this.#dispatch(call);
      },
      onGone: (connection) => {
        this.#onGone(slot, connection);
      },
    });
  }

  #onGone(slot: Slot, { wasReady, reason }: Connection): void {
    slot.connection = undefined;
    slot.reason = reason;
    if (!wasReady) {
      const pause = Math.min(INITIAL_RECONNECT_MILLIS * 2 ** slot.failures, this.options.maxReconnectMillis);
      slot.failures += 1;
      // Jitter, so that many processors do not come back in step.
      slot.retryAtEpochMillis = Date.now() + pause * (0.8 + 0.2 * Math.random());
    }
    if (this.#slots.some(({ connection }) => connection !== undefined)) return;
    for (const call of [...this.#waiting]) this.#fail(call, this.#unreachable());
  }

  #unreachable(): OtlpError {
    const { endpoint } = this.options;
    const reason = this.#slots.find((slot) => slot.reason !== '')?.reason ?? 'not connected';
    return new OtlpError('UNAVAILABLE', `no connection to ${endpoint}: ${reason}`);
  }

  #expire(nowEpochMillis: number): void {
    for (const call of this.#calls) {
      if (nowEpochMillis < call.startedAtEpochMillis + call.timeoutMillis) continue;
      const { connection } = call.on ?? {};
      const message = `no answer from ${this.options.endpoint} within ${Math.round(call.timeoutMillis)} ms`;
      this.#fail(call, new OtlpError('DEADLINE_EXCEEDED', message));
      connection?.suspect(call.startedAtEpochMillis);
    }
  }
}

/** Milliseconds, of which gRPC allows eight digits. */
function grpcTimeout(timeoutMillis: number): string {
  return `${Math.min(Math.max(1, Math.ceil(timeoutMillis)), MAX_TIMEOUT_MILLIS)}m`;
}

function prefixOf(flag: number, messageBytes: number): Buffer {
  const prefix = Buffer.allocUnsafe(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(messageBytes, 1);
  return prefix;
}
