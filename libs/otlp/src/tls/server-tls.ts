import { X509Certificate } from 'node:crypto';
import { type SecureContextOptions, type Server, createServer } from 'node:tls';
import { WatchedFiles } from './watched-files';

export interface ServerTlsOptions {
  /** PEM file: the certificate, then those that lead to its CA. */
  readonly certificateFile: string;
  /** PEM file: its private key. */
  readonly keyFile: string;
  /** PEM file: the CAs of clients. When set, a client must have a certificate of one of them (mTLS). */
  readonly clientCaFile?: string;
  /** How often the files are looked at; default 10 s. */
  readonly reloadIntervalMillis?: number;
}

/** What came of files that changed. */
export interface TlsReload {
  /** Set when the new files cannot be used; the certificate before them stays in use. */
  readonly error?: Error;
  /** When the certificate in use ends to be valid, milliseconds since the epoch. */
  readonly notAfterEpochMillis: number;
}

/**
 * A TLS server that does not listen: connections are handed to it (`emit('connection')`). New handshakes get
 * what the files held last, as long as that can be used.
 */
export class ServerTls {
  readonly server: Server;
  readonly #files: WatchedFiles<'cert' | 'key' | 'ca'>;
  #notAfterEpochMillis = 0;

  /** Throws if the files cannot be read or do not belong together. */
  constructor(
    options: ServerTlsOptions,
    handshakeTimeoutMillis: number,
    onReload: (reload: TlsReload) => void,
  ) {
    const mutual = options.clientCaFile !== undefined;
    this.server = createServer({
      ALPNProtocols: ['h2'],
      handshakeTimeout: handshakeTimeoutMillis,
      requestCert: mutual,
      rejectUnauthorized: mutual,
    });
    const paths = {
      cert: options.certificateFile,
      key: options.keyFile,
      ...(options.clientCaFile !== undefined && { ca: options.clientCaFile }),
    } as Record<'cert' | 'key' | 'ca', string>;
    this.#files = new WatchedFiles(
      paths,
      (contents) => {
        this.#use(contents);
      },
      (error) => {
        onReload({ ...(error && { error }), notAfterEpochMillis: this.#notAfterEpochMillis });
      },
    );
    this.#files.start(options.reloadIntervalMillis);
  }

  /** When the certificate in use ends to be valid, milliseconds since the epoch. */
  get notAfterEpochMillis(): number {
    return this.#notAfterEpochMillis;
  }

  stop(): void {
    this.#files.stop();
  }

  #use({ cert, key, ca }: { cert: Buffer; key: Buffer; ca?: Buffer }): void {
    const context: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2', ...(ca && { ca }) };
    const certificate = new X509Certificate(cert);
    if (ca !== undefined) new X509Certificate(ca); // an empty CA file would otherwise be taken in silence
    this.server.setSecureContext(context); // throws, and keeps what it has, if they do not belong together
    this.#notAfterEpochMillis = certificate.validToDate.getTime();
  }
}
