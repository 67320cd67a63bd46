import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  sensitiveHeaders,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { EXPORT_PATHS } from '../signal';
import {
  type AttemptResult,
  CONNECTION_WINDOW_BYTES,
  type CallRequest,
  type Connection,
  type ConnectionEvents,
  LAST_GOOD_STREAM_ID,
  STREAM_WINDOW_BYTES,
} from './connection';
import { ConnectionLife } from './connection-life';
import { authorityOf } from './endpoint';
import { Http2Attempt } from './http2-attempt';
import { openSocket } from './open-socket';
import type { TransportOptions } from './transport';

/** Node counts what is queued to be sent, and refuses answers over it; requests are bounded before they get here. */
const MAX_SESSION_MEMORY_MEGABYTES = 4096;

/** On node:http2. */
export class Http2Connection implements Connection {
  readonly #session: ClientHttp2Session;
  readonly #attempts = new Set<Http2Attempt>();
  readonly #life: ConnectionLife;
  reason = 'connection closed';

  constructor(
    private readonly options: TransportOptions,
    private readonly events: ConnectionEvents,
  ) {
    const { endpoint, tls } = options;
    this.#session = connectHttp2(`${tls ? 'https' : 'http'}://${authorityOf(endpoint)}`, {
      createConnection: () => openSocket(options),
      maxSessionMemory: MAX_SESSION_MEMORY_MEGABYTES,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    this.#life = new ConnectionLife(options, {
      activeStreams: () => this.#attempts.size,
      sendPing: () => {
        this.#ping();
      },
      onSilence: (reason) => {
        this.#break(reason);
      },
    });
    this.#session.on('connect', (session, socket) => {
      const { alpnProtocol } = socket as Partial<TLSSocket>;
      if (tls && alpnProtocol !== 'h2') this.#break('the server does not offer HTTP/2 in its TLS handshake');
      else session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
    // Only now is it sure that a HTTP/2 server is there, and how much it takes.
    this.#session.once('remoteSettings', () => {
      if (this.#life.becomeReady()) this.events.onReady();
    });
    this.#session.on('goaway', (_code: number, lastStreamId: number) => {
      this.#retire();
      for (const attempt of this.#attempts) if (attempt.isBeyond(lastStreamId)) attempt.end('unprocessed');
    });
    this.#session.on('error', (error: Error) => {
      this.reason = error.message;
    });
    this.#session.on('close', this.#onClose);
  }

  get ready(): boolean {
    return this.#life.isReady;
  }

  get connecting(): boolean {
    return this.#life.isConnecting;
  }

  get wasReady(): boolean {
    return this.#life.wasReady;
  }

  get activeCalls(): number {
    return this.#attempts.size;
  }

  start(request: CallRequest, onSettled: (result: AttemptResult) => void): Http2Attempt {
    const stream = this.#session.request(this.#headers(request));
    const attempt = new Http2Attempt(stream, this.options.maxResponseBytes, (settled, result) => {
      this.#attempts.delete(settled);
      if (settled.heard) this.#life.heard();
      onSettled(result);
    });
    this.#attempts.add(attempt);
    sendFramed(stream, request);
    if ((stream.id ?? 0) > LAST_GOOD_STREAM_ID) this.#retire();
    return attempt;
  }

  suspect(sinceEpochMillis: number): void {
    if (!this.#life.hasHeardSince(sinceEpochMillis)) this.#retire();
  }

  /** Takes no new calls; those that are running finish. */
  #retire(): void {
    if (!this.#life.leave()) return;
    this.#session.close();
    this.events.onGone(this);
  }

  destroy(): void {
    this.#session.destroy();
  }

  readonly #onClose = (): void => {
    if (this.#life.end()) this.events.onGone(this);
  };

  #ping(): void {
    if (this.#session.destroyed) return;
    this.#session.ping(() => {
      this.#life.pong();
    });
  }

  #break(reason: string): void {
    this.#session.destroy(new Error(reason));
  }

  #headers({ signal, grpcTimeout, token }: CallRequest): readonly string[] {
    const { endpoint, tls, compression } = this.options;
    const headers = [
      ':method',
      'POST',
      ':scheme',
      tls ? 'https' : 'http',
      ':path',
      EXPORT_PATHS[signal],
      ':authority',
      authorityOf(endpoint),
      'content-type',
      'application/grpc',
      'te',
      'trailers',
      'grpc-timeout',
      grpcTimeout,
    ];
    if (compression === 'gzip')
      headers.push('grpc-encoding', 'gzip', 'grpc-accept-encoding', 'identity,gzip');
    if (token === undefined) return headers;
    headers.push('authorization', `Bearer ${token}`);
    return Object.assign(headers, { [sensitiveHeaders]: ['authorization'] });
  }
}

/** One write and the end of the stream with it, so that the last DATA frame carries END_STREAM. */
function sendFramed(stream: ClientHttp2Stream, { prefix, message }: CallRequest): void {
  stream.cork();
  stream.write(prefix);
  stream.end(message);
}
