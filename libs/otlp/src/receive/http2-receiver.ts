import {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  constants,
  createServer,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Connection, Session } from './connection';
import type { ExportHandler } from './export-call';
import type { ReceiverEvents, ReceiverOptions } from './grpc-receiver';
import { NodeStream } from './node-stream';
import {
  CONNECTION_WINDOW_BYTES,
  MAX_HEADER_LIST_BYTES,
  STREAM_WINDOW_BYTES,
  StreamReceiver,
} from './stream-receiver';

/** Node's own accounting of a session, in megabytes; bodies are bounded by the budget, headers by their limit. */
const MAX_SESSION_MEMORY_MEGABYTES = 64;

/** A reference: the receiver on node:http2, with the same calls and connections as ours. */
export class Http2Receiver extends StreamReceiver {
  readonly #http2: Http2Server;
  readonly #connectionOf = new Map<ServerHttp2Session, Connection>();
  /** The connection that node:http2 is making a session of; it does so before `emit` returns. */
  #accepting: { readonly socket: Socket; readonly peer: string } | undefined;

  constructor(options: ReceiverOptions, handler: ExportHandler, events: ReceiverEvents = {}) {
    super(options, handler, events);
    this.#http2 = createServer({
      maxSessionMemory: MAX_SESSION_MEMORY_MEGABYTES,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxConcurrentStreams: options.maxConcurrentStreamsPerConnection,
        // Over this Node itself resets the stream (ENHANCE_YOUR_CALM) and tells nobody.
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

  override accept(socket: Socket, peer: string): void {
    this.#accepting = { socket, peer };
    this.#http2.emit('connection', socket);
    this.#accepting = undefined;
  }

  #begin(session: ServerHttp2Session): void {
    if (this.#accepting === undefined) return;
    const { socket, peer } = this.#accepting;
    const connection = this.begin(sessionOf(session, socket), peer);
    this.#connectionOf.set(session, connection);
    session.on('close', () => {
      this.#connectionOf.delete(session);
      this.end(connection);
    });
    session.on('error', ({ message }: Error) =>
      this.events.onConnectionError?.('protocol', { peer, message }),
    );
    const count = (): void => {
      connection.onControlFrame();
    };
    session.on('ping', count);
    session.on('remoteSettings', count);
    session.once('stream', () => {
      connection.onRequest();
    });
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  }

  #open(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void {
    stream.on('error', () => undefined); // a reset; the call sees 'close'
    const connection = stream.session && this.#connectionOf.get(stream.session as ServerHttp2Session);
    if (connection === undefined) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM); // grpc-go would read the default, NO_ERROR, as INTERNAL
      return;
    }
    const callStream = new NodeStream(stream);
    const headerBytes = rawHeaders.reduce((bytes, text) => bytes + text.length, 0);
    callStream.feed(this.open(callStream, headers, headerBytes, connection));
    stream.on('close', () => {
      connection.onStreamEnd(callStream.id);
      stream.removeAllListeners(); // see InFlight: Node keeps its streams in a Map
    });
  }
}

function sessionOf(session: ServerHttp2Session, socket: Socket): Session {
  return {
    get isClosed() {
      return session.closed || session.destroyed;
    },
    close: () => {
      session.close();
    },
    destroy: () => {
      session.destroy();
      socket.destroy();
    },
    ping: (onAnswer) => {
      session.ping((error) => {
        if (error === null) onAnswer();
      });
    },
  };
}
