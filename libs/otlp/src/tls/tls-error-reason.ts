import type { ConnectionErrorReason } from '../receive/connection-errors';

/** OpenSSL's reason codes, as Node spells them in `error.code`. */
const REASONS: readonly (readonly [RegExp, ConnectionErrorReason])[] = [
  [
    /^ERR_SSL_(HTTP_REQUEST|HTTPS_PROXY_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|BAD_RECORD_TYPE)$/,
    'plaintext_to_tls',
  ],
  [/^ERR_SSL_(UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE)$/, 'tls_version'],
  [/^ERR_SSL_NO_APPLICATION_PROTOCOL$/, 'tls_alpn'],
  [/^ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE$/, 'tls_no_client_certificate'],
  [/^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/, 'tls_client_certificate_expired'],
  [/^ERR_SSL_(TLSV1|TLSV13|SSL\/TLS|SSLV3)_ALERT_/, 'tls_rejected_by_client'],
  [/^ERR_TLS_HANDSHAKE_TIMEOUT$/, 'handshake_timeout'],
];

/**
 * Why a handshake failed. `authorizationError` is what Node found wrong with the client's certificate (an
 * X.509 verification code), which it does not put into the error.
 */
export function tlsErrorReason(
  error: NodeJS.ErrnoException,
  authorizationError: unknown,
): ConnectionErrorReason {
  const code = typeof authorizationError === 'string' ? authorizationError : (error.code ?? '');
  const known = REASONS.find(([pattern]) => pattern.test(code))?.[1];
  if (known !== undefined) return known;
  return typeof authorizationError === 'string' ? 'tls_client_certificate_untrusted' : 'tls_handshake';
}
