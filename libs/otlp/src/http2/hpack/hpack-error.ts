/** A header block that cannot be decoded; for the connection that is the end (RFC 9113, section 4.3). */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
