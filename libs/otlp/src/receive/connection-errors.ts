/** Why a connection was refused or ended, or a request was none; a closed set, so that it can be a metric's label. */
export type ConnectionErrorReason =
  /** Bytes that are not HTTP/2, or that break its rules. */
  | 'protocol'
  /** One connection too many: this one, or an idle one that made room for it, was closed. */
  | 'limit'
  /** The system could not hand it over; `ulimit -n` is the usual reason. */
  | 'accept'
  /** A ping was not answered. */
  | 'keepalive'
  /** Pings or settings without end. */
  | 'flood'
  /** A request that is not one of OTLP: another path, method or content type. The connection stays. */
  | 'not_otlp'
  /** Connected, and then did not speak or did not finish its TLS handshake. */
  | 'handshake_timeout'
  /** Speaks TLS to a port without it. */
  | 'tls_to_plaintext'
  /** Speaks plaintext to a port with TLS. */
  | 'plaintext_to_tls'
  /** Offers only TLS versions below 1.2. */
  | 'tls_version'
  /** Does not offer h2 by ALPN, as gRPC must. */
  | 'tls_alpn'
  /** Sent no certificate where one is asked for. */
  | 'tls_no_client_certificate'
  /** Its certificate, or one that vouches for it, is no longer or not yet valid. */
  | 'tls_client_certificate_expired'
  /** Its certificate was not signed by a CA that is trusted here. */
  | 'tls_client_certificate_untrusted'
  /** Does not accept our certificate: another CA, another name, or expired. */
  | 'tls_rejected_by_client'
  /** Any other handshake that failed. */
  | 'tls_handshake';

/** What is known of such a connection, for one log line. */
export interface ConnectionErrorDetail {
  /** address:port, or `unix:`. */
  readonly peer: string;
  /** Node's or OpenSSL's own words, if there are any. */
  readonly message?: string;
}
