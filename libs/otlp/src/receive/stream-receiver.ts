import { EXPORT_PATHS, SIGNALS, type Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { BaseReceiver } from './base-receiver';
import { Holding } from './byte-budget';
import type { CallStream, RequestHeaders } from './call-stream';
import { Connection, type Session } from './connection';
import { Connections } from './connections';
import { ExportCall } from './export-call';
import { RefusedCall, describeRequest, isGrpc } from './refused-call';

const SIGNAL_OF_PATH: ReadonlyMap<string, Signal> = new Map(
  SIGNALS.map((signal) => [EXPORT_PATHS[signal], signal]),
);

/** Flow-control windows. Data is taken as it comes (or refused), so these buy speed and hold no memory. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
export const CONNECTION_WINDOW_BYTES = 4 * STREAM_WINDOW_BYTES;
const MAX_HEADER_BYTES = 16 * 1024;
/** What clients are told. More than is taken, so that it is we who refuse, and count. */
export const MAX_HEADER_LIST_BYTES = 2 * MAX_HEADER_BYTES;

/**
 * An OTLP/gRPC server that sees each connection and each stream. It hands on request bodies as they came: nothing
 * is decoded. It is not built on a gRPC library because those buffer whole requests before anyone can count them;
 * here every byte is counted when it arrives.
 */
export abstract class StreamReceiver extends BaseReceiver {
  readonly #connections = new Connections(this.listener, this.options.keepaliveMillis);

  override async start(): Promise<{ port: number }> {
    const { port } = await super.start();
    this.#connections.start();
    return { port };
  }

  override async shutdown(deadlineMillis: number): Promise<void> {
    await this.#connections.shutdown(deadlineMillis);
    this.token?.stop();
  }

  override makeRoom(): boolean {
    const idle = this.#connections.endIdle();
    if (idle === undefined) return false;
    this.events.onConnectionError?.('limit', { peer: idle.peer });
    return true;
  }

  protected begin(session: Session, peer: string): Connection {
    const connection = new Connection(session, peer, this.options, (reason) =>
      this.events.onConnectionError?.(reason, { peer }),
    );
    this.#connections.add(connection);
    return connection;
  }

  protected end(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /**
   * Takes a request whose headers have come. Returns its call, which wants to be told of the rest; undefined if it is
   * none of OTLP/gRPC and has been refused.
   *
   * @param headerBytes of all names and values, not only those in `headers`
   */
  protected open(
    stream: CallStream,
    headers: RequestHeaders,
    headerBytes: number,
    connection: Connection,
  ): ExportCall | undefined {
    const { ':path': path } = headers;
    const signal = isGrpc(headers) && typeof path === 'string' ? SIGNAL_OF_PATH.get(path) : undefined;
    if (signal === undefined) {
      const message = describeRequest(headers);
      this.events.onConnectionError?.('not_otlp', { peer: connection.peer, message });
      connection.calls.add(new RefusedCall(stream, headers));
      return undefined;
    }
    const call = new ExportCall(
      stream,
      headers,
      signal,
      connection.peer,
      new Holding([this.budget, connection.budget]),
      this.options,
      this.handler,
      (outcome) => this.events.onAnswered?.(outcome),
    );
    connection.add(call);
    const refusal = tooMuch(headerBytes) ?? this.#unauthenticated(headers);
    if (refusal !== undefined) call.fail(refusal);
    return call;
  }

  #unauthenticated({ authorization }: RequestHeaders): OtlpError | undefined {
    return this.token?.refusal(typeof authorization === 'string' ? authorization : undefined);
  }
}

function tooMuch(headerBytes: number): OtlpError | undefined {
  if (headerBytes <= MAX_HEADER_BYTES) return undefined;
  return new OtlpError(
    'RESOURCE_EXHAUSTED',
    `headers of ${headerBytes} bytes; at most ${MAX_HEADER_BYTES} are taken`,
  );
}
