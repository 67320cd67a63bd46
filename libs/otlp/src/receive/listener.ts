import { chmodSync, statSync, unlinkSync } from 'node:fs';
import {
  type AddressInfo,
  type ListenOptions,
  type Server,
  type Socket,
  connect,
  createServer,
} from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type TLSSocket } from 'node:tls';
import { ServerTls, type ServerTlsOptions, type TlsReload } from '../tls/server-tls';
import { tlsErrorReason } from '../tls/tls-error-reason';
import type { ConnectionErrorDetail, ConnectionErrorReason } from './connection-errors';

export interface ListenerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** A Unix-domain socket to listen on instead of host and port; made with permissions 0660. */
  readonly socketPath?: string;
  readonly tls?: ServerTlsOptions;
  /** Open connections, at most. */
  readonly maxConnections: number;
  /** A client that has connected must have spoken, or finished its TLS handshake, within this; default 10 s. */
  readonly handshakeTimeoutMillis?: number;
}

export interface ListenerEvents {
  onConnectionError?(reason: ConnectionErrorReason, detail: ConnectionErrorDetail): void;
  /** The certificate's files have changed, and were taken into use or not. */
  onTlsReload?(reload: TlsReload): void;
}

/** What a transport does with the connections that a Listener accepts for it. */
export interface Acceptor {
  /** A connection that is ready for HTTP/2. */
  accept(socket: Socket, peer: string): void;
  /** Closes a connection that nobody uses at the moment; false if there is none. */
  makeRoom(): boolean;
}

/** In place of address:port. */
export const UNIX_PEER = 'unix:';
const HANDSHAKE_TIMEOUT_MILLIS = 10_000;
const SOCKET_MODE = 0o660;
/** As many as the kernel may have made for us: Node's own choice for `listen`, and one. */
const MAX_BACKLOG = 512;
/** The first byte of a TLS handshake record (RFC 8446, 5.1); HTTP/2 begins with `P`. */
const TLS_HANDSHAKE = 0x16;

/**
 * Accepts connections over TCP, TLS or a Unix-domain socket, within a limit, and hands on those that begin well.
 * Both transports stand on it, so that they refuse and count the same.
 */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connected, but not yet spoken or not yet through their handshake; the oldest first. */
  readonly #pending = new Set<Socket>();
  /** address:port of those that were not dropped: a socket that is closed has forgotten its own. */
  readonly #peers = new WeakMap<Socket, string>();
  #tls: ServerTls | undefined;
  #acceptedCount = 0;

  constructor(
    private readonly options: ListenerOptions,
    private readonly acceptor: Acceptor,
    private readonly events: ListenerEvents,
  ) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#connected(socket);
    });
    // One that could not be accepted (no file descriptor is left): the others go on.
    this.#server.on('error', ({ message }) => {
      if (this.#server.listening) this.events.onConnectionError?.('accept', { peer: '', message });
    });
  }

  get connectionCount(): number {
    return this.#sockets.size;
  }

  /** When the certificate in use ends to be valid, milliseconds since the epoch; undefined without TLS. */
  get certificateNotAfterEpochMillis(): number | undefined {
    return this.#tls?.notAfterEpochMillis;
  }

  /** Rejects with Node's own error (EADDRINUSE, EACCES …), or that of a certificate which cannot be used. */
  async listen(): Promise<{ port: number }> {
    const { host, port, socketPath, tls } = this.options;
    if (tls !== undefined) this.#tls = this.#startTls(tls);
    if (socketPath === undefined) {
      await this.#listen({ host, port });
      return { port: (this.#server.address() as AddressInfo).port };
    }
    try {
      await this.#listenOnSocket(socketPath);
    } catch (error) {
      if (!(await isStaleSocket(error, socketPath))) throw error;
      unlinkSync(socketPath);
      await this.#listenOnSocket(socketPath);
    }
    return { port: 0 };
  }

  /**
   * Takes the connections that the kernel has made and we have not yet seen; `close` would reset them. libuv accepts
   * one each turn, so it takes as many turns, and stops for good when the time is up or others come without an end.
   */
  async takeBacklog(untilEpochMillis: number): Promise<void> {
    const most = this.#acceptedCount + MAX_BACKLOG;
    let before: number;
    do {
      before = this.#acceptedCount;
      // The first may come before this turn has looked at its sockets, the second comes after.
      await setImmediate();
      await setImmediate();
    } while (this.#acceptedCount > before && this.#acceptedCount < most && Date.now() < untilEpochMillis);
  }

  /** Accepts no more; resolves when the last connection is closed. Those that have not spoken yet may still do so. */
  close(): Promise<void> {
    this.#tls?.stop();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  /** Closes those that have not spoken yet, or are not through their handshake. */
  dropPending(): void {
    for (const socket of this.#pending) {
      this.#peers.delete(socket); // a handshake that fails now is not the client's error
      socket.destroy();
    }
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listenOnSocket(path: string): Promise<void> {
    // The file is made before `listen` returns; a chmod alone would leave it open to everybody for a moment.
    const umask = process.umask(0o777 & ~SOCKET_MODE);
    const listening = this.#listen({ path });
    process.umask(umask);
    await listening;
    // In a worker of node:cluster the file is made by the primary, under its own umask.
    chmodSync(path, SOCKET_MODE);
  }

  async #listen(options: ListenOptions): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(options, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #connected(socket: Socket): void {
    this.#acceptedCount += 1;
    socket.on('error', () => undefined); // what uses the connection sees it too, and 'close' follows
    const peer = peerOf(socket);
    if (this.#sockets.size >= this.options.maxConnections && !this.#makeRoom()) {
      this.events.onConnectionError?.('limit', { peer });
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#pending.add(socket);
    this.#peers.set(socket, peer);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#pending.delete(socket);
    });
    if (this.#tls === undefined) this.#awaitFirstByte(socket, peer);
    else this.#tls.server.emit('connection', socket);
  }

  /** Those who say nothing go first: a client that means well is among them for milliseconds only. */
  #makeRoom(): boolean {
    const [oldest] = this.#pending;
    if (oldest === undefined) return this.acceptor.makeRoom();
    this.#drop(oldest, 'limit');
    return true;
  }

  #awaitFirstByte(socket: Socket, peer: string): void {
    const timer = setTimeout(() => {
      this.#drop(socket, 'handshake_timeout');
    }, this.options.handshakeTimeoutMillis ?? HANDSHAKE_TIMEOUT_MILLIS).unref();
    socket.once('close', () => {
      clearTimeout(timer);
    });
    socket.once('readable', () => {
      clearTimeout(timer);
      const first = socket.read() as Buffer | null;
      if (first === null)
        socket.destroy(); // closed without a word
      else if (first[0] === TLS_HANDSHAKE) this.#drop(socket, 'tls_to_plaintext');
      else {
        socket.unshift(first);
        this.#accept(socket, socket, peer);
      }
    });
  }

  #startTls(options: ServerTlsOptions): ServerTls {
    const handshakeTimeoutMillis = this.options.handshakeTimeoutMillis ?? HANDSHAKE_TIMEOUT_MILLIS;
    const tls = new ServerTls(options, handshakeTimeoutMillis, (reload) => this.events.onTlsReload?.(reload));
    tls.server.on('secureConnection', (secure) => {
      const socket = underlying(secure);
      if (secure.alpnProtocol === 'h2') this.#accept(socket, secure, this.#peers.get(socket) ?? '');
      else this.#drop(socket, 'tls_alpn');
    });
    tls.server.on('tlsClientError', (error: NodeJS.ErrnoException, secure) => {
      const socket = underlying(secure);
      // Connected and closed without a word: a port check, not an attempt at TLS.
      if (socket.bytesRead === 0 && error.code === 'ECONNRESET') return;
      const { authorizationError } = secure as { authorizationError?: unknown };
      const words = typeof authorizationError === 'string' ? authorizationError : error.message;
      this.#drop(socket, tlsErrorReason(error, authorizationError), words);
    });
    return tls;
  }

  #accept(socket: Socket, ready: Socket, peer: string): void {
    this.#pending.delete(socket);
    this.acceptor.accept(ready, peer);
  }

  #drop(socket: Socket, reason: ConnectionErrorReason, message?: string): void {
    const peer = this.#peers.get(socket);
    if (peer === undefined) return; // dropped before; this is the echo
    this.#peers.delete(socket);
    this.#sockets.delete(socket);
    this.#pending.delete(socket);
    this.events.onConnectionError?.(reason, { peer, ...(message !== undefined && { message }) });
    socket.destroy();
  }
}

/** The connection that a TLS server was given. */
function underlying(secure: TLSSocket): Socket {
  return (secure as TLSSocket & { readonly _parent?: Socket })._parent ?? secure;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? UNIX_PEER : `${remoteAddress}:${remotePort ?? 0}`;
}

/** Whether the path is a socket that nobody listens on any more: left by a program that was killed. */
async function isStaleSocket(error: unknown, path: string): Promise<boolean> {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !statSync(path).isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED');
    });
  });
}
