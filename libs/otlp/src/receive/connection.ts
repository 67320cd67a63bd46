import { InFlight } from '../in-flight';
import { OtlpError } from '../status/otlp-error';
import { roomForOneBytes } from './body-limits';
import { ByteBudget } from './byte-budget';
import type { Waiting } from './call-stream';
import type { ConnectionErrorReason } from './connection-errors';
import { ExportCall } from './export-call';
import type { ReceiverOptions } from './grpc-receiver';

/** Default of what a connection of its age is given to let its requests end. */
export const AGE_GRACE_MILLIS = 30_000;
/**
 * A client that connects for a request begins it within this. At shutdown no more is given to one that has said
 * nothing, and then to one that has only connected.
 */
export const FIRST_REQUEST_MILLIS = 1000;
/** Connections that came together must not all leave together. */
const AGE_JITTER = 0.1;
/** After the last answers were given: time for them to leave. */
export const FLUSH_MILLIS = 200;
/**
 * Pings, settings and other frames that carry no request, that a client may send from one keepalive to the next
 * without a request between them. grpc-go measures its bandwidth with pings, but only while it sends requests.
 */
const MAX_IDLE_CONTROL_FRAMES = 1000;

/** The HTTP/2 side of a connection: on node:http2, or on our own server. */
export interface Session {
  /** Takes no more requests. */
  readonly isClosed: boolean;
  /** Sends GOAWAY with the last request that is served; ends when those that run have been answered. */
  close(): void;
  /** Ends at once, and its socket too. */
  destroy(): void;
  /** `onAnswer` is called if there is one. */
  ping(onAnswer: () => void): void;
}

/** One HTTP/2 connection: what it may hold, when it ends, and whether it behaves. */
export class Connection {
  readonly calls = new InFlight<Waiting>();
  readonly budget: ByteBudget;
  #lastUsedEpochMillis = Date.now();
  #awaitsPing = false;
  #controlFrames = 0;
  #agesOutAtEpochMillis: number;
  #closesAtEpochMillis = Infinity;
  /** Until then its first request is awaited before it is told to go elsewhere. */
  #isNewUntilEpochMillis: number;
  #isClosing = false;

  constructor(
    private readonly session: Session,
    readonly peer: string,
    private readonly options: ReceiverOptions,
    private readonly onError: (reason: ConnectionErrorReason) => void,
  ) {
    // Half, so that one client that sends much and finishes nothing leaves room for the others.
    this.budget = new ByteBudget(Math.max(options.maxInFlightBytes / 2, roomForOneBytes(options)));
    const jitter = 1 + AGE_JITTER * (2 * Math.random() - 1);
    this.#agesOutAtEpochMillis = Date.now() + (options.maxConnectionAgeMillis ?? Infinity) * jitter;
    this.#isNewUntilEpochMillis = Date.now() + FIRST_REQUEST_MILLIS;
  }

  get lastUsedEpochMillis(): number {
    return this.#lastUsedEpochMillis;
  }

  add(call: ExportCall): void {
    this.calls.add(call);
    this.#lastUsedEpochMillis = call.receivedAtEpochMillis;
    this.#controlFrames = 0;
  }

  /** A request has begun, whatever it may be. */
  onRequest(): void {
    if (this.#isNewUntilEpochMillis === 0) return;
    this.#isNewUntilEpochMillis = 0;
    if (this.#isClosing) this.session.close();
  }

  /** A stream is over; what waited on it has been told. */
  onStreamEnd(streamId: number): void {
    const call = this.calls.find(streamId);
    if (call !== undefined) this.calls.delete(call);
  }

  /** The client has sent what makes work and is no request. */
  onControlFrame(): void {
    this.#controlFrames += 1;
    if (this.#controlFrames === MAX_IDLE_CONTROL_FRAMES) this.#end('flood');
  }

  /** Called now and then: ends what has waited too long. */
  expire(nowEpochMillis: number): void {
    for (const call of this.calls) call.expire(nowEpochMillis);
    if (this.#isClosing && nowEpochMillis >= this.#isNewUntilEpochMillis) this.session.close();
    if (nowEpochMillis >= this.#agesOutAtEpochMillis) {
      this.#agesOutAtEpochMillis = Infinity;
      this.#closesAtEpochMillis =
        nowEpochMillis + (this.options.maxConnectionAgeGraceMillis ?? AGE_GRACE_MILLIS);
      this.close();
    }
    if (nowEpochMillis >= this.#closesAtEpochMillis) {
      this.fail(new OtlpError('UNAVAILABLE', 'this connection has reached its age, connect again'));
      if (nowEpochMillis >= this.#closesAtEpochMillis + FLUSH_MILLIS) this.destroy();
    }
  }

  /**
   * Sends GOAWAY with the last request that is served; the client makes the others elsewhere. A new connection is
   * sent it with its first request, which may be on its way: OkHttp, and so OpenTelemetry's Java agent, gives that
   * one up when it is refused, for it has no other route to try.
   */
  close(): void {
    this.#isClosing = true;
    if (Date.now() >= this.#isNewUntilEpochMillis) this.session.close();
  }

  fail(error: OtlpError): void {
    for (const call of this.calls) if (call instanceof ExportCall) call.fail(error);
  }

  destroy(): void {
    this.session.destroy();
  }

  /** Called every keepalive interval. */
  ping(): void {
    this.#controlFrames = 0;
    if (this.#closesAtEpochMillis !== Infinity) return;
    if (this.#awaitsPing) {
      this.#end('keepalive');
      return;
    }
    if (this.session.isClosed) return;
    this.#awaitsPing = true;
    this.session.ping(() => {
      this.#awaitsPing = false;
    });
  }

  /**
   * The connection goes within moments. What runs is answered first: grpc-go reads the reset of a stream that a
   * session leaves behind, NO_ERROR, as INTERNAL, and drops the data.
   */
  #end(reason: ConnectionErrorReason): void {
    this.onError(reason);
    this.session.close();
    this.fail(new OtlpError('UNAVAILABLE', 'the connection is closed'));
    this.#closesAtEpochMillis = Date.now();
  }
}
