import type { Signal } from '../signal';

/** One way to make a unary gRPC call; OtlpForwarder stands on it. */
export interface Transport {
  /**
   * Sends one encoded message; resolves to the encoded answer. Rejects with OtlpError: the server's status,
   * UNAVAILABLE when there was none, DEADLINE_EXCEEDED when the time is up.
   */
  call(signal: Signal, message: Uint8Array, timeoutMillis: number): Promise<Buffer>;
  /** Ends the connections; calls that are running end as CANCELLED. */
  close(): void;
}

/** Certificates in PEM. They are asked for at every connection attempt, so that a renewed one is used. */
export interface TransportTls {
  /** Authorities to trust in place of Node's own list. */
  readonly ca?: string | Buffer;
  /** What this client shows (mTLS); both or neither. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name in the server's certificate, if it is not the endpoint's host. */
  readonly serverName?: string;
}

export interface TransportOptions {
  /** `host:port`, `[v6 address]:port`, or `unix:/path/of/a/socket`. */
  readonly endpoint: string;
  /** Without it, plain text. */
  readonly tls?: () => TransportTls;
  /** Asked for at every call, so that a renewed token is used; sent as `authorization: Bearer …`. */
  readonly bearerToken?: () => string;
  /** From the attempt to connect to the server's SETTINGS. */
  readonly connectTimeoutMillis: number;
  readonly keepaliveMillis: number;
  readonly keepaliveTimeoutMillis: number;
  /** The longest pause between attempts to connect again. */
  readonly maxReconnectMillis: number;
  /** An answer over this is refused. */
  readonly maxResponseBytes: number;
  /** Connections to spread calls over. */
  readonly connections: number;
  readonly compression: 'none' | 'gzip';
}

/** The first pause between attempts to connect; it doubles with each. */
export const INITIAL_RECONNECT_MILLIS = 50;
