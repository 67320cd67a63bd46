import type { ConnectionErrorDetail, ConnectionErrorReason } from '@trace/otlp';
import type { Program } from '@trace/runtime';

const INTERVAL_MILLIS = 60_000;

/** What the person who reads the log should know or do; other reasons are said by their name. */
const HINTS: Partial<Record<ConnectionErrorReason, string>> = {
  not_otlp: 'a client sends requests that are not OTLP/gRPC: another path, method or content type',
  limit: 'receive.maxConnections was reached; idle connections were closed to make room',
  accept: 'a connection could not be accepted: is `ulimit -n` too low?',
  tls_to_plaintext: 'a client speaks TLS, but receive.tls is not set',
  plaintext_to_tls: 'a client speaks plaintext, but receive.tls is set',
  tls_no_client_certificate: 'a client sent no certificate, and receive.tls.clientCa asks for one',
  tls_client_certificate_untrusted: "a client's certificate is not of a CA in receive.tls.clientCa",
  tls_client_certificate_expired: "a client's certificate has expired, or is not valid yet",
  tls_rejected_by_client: 'a client does not accept our certificate (receive.tls.certificate)',
  tls_version: 'a client offers only TLS versions below 1.2',
  tls_alpn: 'a client does not offer HTTP/2 (ALPN h2)',
};

/** One line a minute for connections that ended badly: how many for which reason, and the latest of each. */
export class ConnectionLog {
  readonly #counts = new Map<ConnectionErrorReason, number>();
  readonly #latest = new Map<ConnectionErrorReason, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly logger: Program['logger'],
    private readonly intervalMillis = INTERVAL_MILLIS,
  ) {}

  /** The first is told at once; what follows within the interval is told together at its end. */
  onConnectionError(reason: ConnectionErrorReason, { peer, message }: ConnectionErrorDetail): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    this.#latest.set(reason, message === undefined ? peer : `${peer}: ${message}`);
    if (this.#timer !== undefined) return;
    this.#report();
    this.#timer = setInterval(() => {
      this.#report();
    }, this.intervalMillis).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#report();
  }

  #report(): void {
    if (this.#counts.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const hints = [...this.#counts.keys()].flatMap((reason) => HINTS[reason] ?? []);
    this.logger.warn(
      { connectionErrors: Object.fromEntries(this.#counts), latest: Object.fromEntries(this.#latest) },
      hints.length === 0 ? 'connections ended in an error' : hints.join('; '),
    );
    this.#counts.clear();
    this.#latest.clear();
  }
}
