import {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  constants,
  createServer,
} from 'node:http2';
import type { Socket } from 'node:net';
import { EXPORT_PATHS, SIGNALS, type Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { BaseReceiver } from './base-receiver';
import { Holding } from './byte-budget';
import { Connection, FIRST_REQUEST_MILLIS, FLUSH_MILLIS } from './connection';
import { ExportCall, type ExportHandler } from './export-call';
import type { ReceiverEvents, ReceiverOptions } from './grpc-receiver';
import { describeRequest, isGrpc, refuseStream } from './refuse-stream';
import { settlesWithin } from './settles-within';

const SIGNAL_OF_PATH: ReadonlyMap<string, Signal> = new Map(
  SIGNALS.map((signal) => [EXPORT_PATHS[signal], signal]),
);

/** Flow-control windows. Data is taken as it comes (or refused), so these buy speed and hold no memory. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * STREAM_WINDOW_BYTES;
const MAX_HEADER_BYTES = 16 * 1024;
/** Over this Node itself resets the stream (ENHANCE_YOUR_CALM) and tells nobody; below it we can answer and count. */
const MAX_HEADER_LIST_BYTES = 2 * MAX_HEADER_BYTES;
/** Node's own accounting of a session, in megabytes; bodies are bounded by the budget, headers by the above. */
const MAX_SESSION_MEMORY_MEGABYTES = 64;
/** How often waiting calls are looked at; deadlines are kept to within this. */
const SWEEP_MILLIS = 100;

/**
 * OTLP/gRPC server for the three Export services, on node:http2. It hands on request bodies as they came:
 * nothing is decoded. It is not built on a gRPC library because those buffer whole requests before anyone can
 * count them; here every byte is counted when it arrives.
 */
export class OtlpReceiver extends BaseReceiver {
  readonly #http2: Http2Server;
  readonly #connections = new Map<ServerHttp2Session, Connection>();
  readonly #timers: NodeJS.Timeout[] = [];
  /** The connection that node:http2 is making a session of; it does so before `emit` returns. */
  #accepting: { readonly socket: Socket; readonly peer: string } | undefined;
  #isShuttingDown = false;

  constructor(options: ReceiverOptions, handler: ExportHandler, events: ReceiverEvents = {}) {
    super(options, handler, events);
    this.#http2 = createServer({
      maxSessionMemory: MAX_SESSION_MEMORY_MEGABYTES,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxConcurrentStreams: options.maxConcurrentStreamsPerConnection,
        maxHeaderListSize: MAX_HEADER_LIST_BYTES,
      },
    });
    this.#http2.on('session', (session) => {
      this.#begin(session);
    });
    this.#http2.on('stream', (stream, headers, _flags, rawHeaders) => {
      this.#open(stream, headers, rawHeaders);
    });
  }

  override async start(): Promise<{ port: number }> {
    const { port } = await super.start();
    this.#every(SWEEP_MILLIS, () => {
      const now = Date.now();
      for (const connection of this.#connections.values()) connection.expire(now);
    });
    this.#every(this.options.keepaliveMillis, () => {
      for (const connection of this.#connections.values()) connection.ping();
    });
    return { port };
  }

  override async shutdown(deadlineMillis: number): Promise<void> {
    this.#isShuttingDown = true;
    const startedAtEpochMillis = Date.now();
    await this.listener.takeBacklog(startedAtEpochMillis + deadlineMillis);
    const closed = this.listener.close();
    for (const connection of this.#connections.values()) connection.close();
    const acceptedEpochMillis = Date.now();
    this.#every(SWEEP_MILLIS, () => {
      if (Date.now() >= acceptedEpochMillis + FIRST_REQUEST_MILLIS) this.listener.dropPending();
    });
    if (!(await settlesWithin(closed, startedAtEpochMillis + deadlineMillis - acceptedEpochMillis))) {
      const error = new OtlpError('UNAVAILABLE', 'shutting down');
      for (const connection of this.#connections.values()) connection.fail(error);
      await settlesWithin(closed, FLUSH_MILLIS);
      for (const connection of this.#connections.values()) connection.destroy();
      this.listener.destroyAll();
    }
    for (const timer of this.#timers) clearInterval(timer);
    this.token?.stop();
  }

  override accept(socket: Socket, peer: string): void {
    this.#accepting = { socket, peer };
    this.#http2.emit('connection', socket);
    this.#accepting = undefined;
  }

  override makeRoom(): boolean {
    let idle: Connection | undefined;
    for (const connection of this.#connections.values()) {
      if (connection.calls.size > 0) continue;
      if (idle === undefined || connection.lastUsedEpochMillis < idle.lastUsedEpochMillis) idle = connection;
    }
    if (idle === undefined) return false;
    this.events.onConnectionError?.('limit', { peer: idle.peer });
    idle.destroy();
    return true;
  }

  #begin(session: ServerHttp2Session): void {
    if (this.#accepting === undefined) return;
    const { socket, peer } = this.#accepting;
    const connection = new Connection(session, socket, peer, this.options, (reason) =>
      this.events.onConnectionError?.(reason, { peer }),
    );
    this.#connections.set(session, connection);
    session.on('close', () => this.#connections.delete(session));
    session.on('error', ({ message }: Error) =>
      this.events.onConnectionError?.('protocol', { peer, message }),
    );
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    if (this.#isShuttingDown) connection.close();
  }

  #open(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void {
    stream.on('error', () => undefined); // a reset; the call sees 'close'
    const connection = stream.session && this.#connections.get(stream.session as ServerHttp2Session);
    if (connection === undefined) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM); // grpc-go would read the default, NO_ERROR, as INTERNAL
      return;
    }
    const signal = isGrpc(headers) ? SIGNAL_OF_PATH.get(headers[':path'] ?? '') : undefined;
    if (signal === undefined) {
      this.events.onConnectionError?.('not_otlp', {
        peer: connection.peer,
        message: describeRequest(headers),
      });
      refuseStream(stream, headers);
      return;
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
    stream.on('close', () => connection.calls.delete(call));
    const refusal = tooMuch(rawHeaders) ?? this.token?.refusal(headers.authorization);
    if (refusal !== undefined) call.fail(refusal);
  }

  #every(intervalMillis: number, run: () => void): void {
    this.#timers.push(setInterval(run, intervalMillis).unref());
  }
}

function tooMuch(rawHeaders: readonly string[]): OtlpError | undefined {
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  if (bytes <= MAX_HEADER_BYTES) return undefined;
  return new OtlpError(
    'RESOURCE_EXHAUSTED',
    `headers of ${bytes} bytes; at most ${MAX_HEADER_BYTES} are taken`,
  );
}
