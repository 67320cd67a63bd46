import type { Signal } from '../signal';
import type { OtlpError } from '../status/otlp-error';
import type { TransportOptions } from './transport';

/** For answers, which are small; requests flow as the server's windows let them. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
export const CONNECTION_WINDOW_BYTES = 4 * STREAM_WINDOW_BYTES;
/** Ids are 31 bits and only grow: at 1,000 calls a second they last twelve days. */
export const LAST_GOOD_STREAM_ID = 2 ** 31 - 10_000;

/** What came of one stream. 'unprocessed': the server has surely not looked at it, so it may be sent again. */
export type AttemptResult = Buffer | OtlpError | 'unprocessed';

/** One stream of one call. */
export interface Attempt {
  /** Ends the stream; `result` is what came of it, unless that is known already. */
  end(result: AttemptResult): void;
}

/** A call as every attempt at it sends it. */
export interface CallRequest {
  readonly signal: Signal;
  /** What the server is told, in gRPC's form, such as `300m`. */
  readonly grpcTimeout: string;
  readonly token: string | undefined;
  /** The five bytes before the message. */
  readonly prefix: Buffer;
  readonly message: Uint8Array;
}

/** One HTTP/2 connection from the attempt to connect to its end; it is never used again after that. */
export interface Connection {
  readonly ready: boolean;
  readonly connecting: boolean;
  /** Whether it came to be used; if not, the next attempt should wait longer. */
  readonly wasReady: boolean;
  readonly activeCalls: number;
  /** Why it ended, in words. */
  readonly reason: string;
  /** Opens a stream, and sends the framed message on it. `onSettled` is called once. */
  start(request: CallRequest, onSettled: (result: AttemptResult) => void): Attempt;
  /**
   * A call has waited in vain since then. If nothing else was answered meanwhile, the way there may be cut
   * without a word, and new calls had better take another.
   */
  suspect(sinceEpochMillis: number): void;
  destroy(): void;
}

export interface ConnectionEvents {
  onReady(): void;
  /** Once. Every attempt on it has been settled, or will be when its stream ends. */
  onGone(connection: Connection): void;
}

/** Begins to connect. */
export type OpenConnection = (options: TransportOptions, events: ConnectionEvents) => Connection;
