import { ErrorCode } from '../../http2/error-code';
import { ConnectionError } from '../../http2/frames';

/** As nghttp2 has them, so that no client is cut off here that is not elsewhere. */
const BURST = 1000;
const PER_SECOND = 33;

/**
 * Counts streams that end in a reset, by the client or for a mistake of its own: a client can begin them without
 * end, for a reset one no longer counts towards MAX_CONCURRENT_STREAMS (rapid reset, CVE-2023-44487, and MadeYouReset,
 * CVE-2025-8671). A client that cancels now and then is not cut off.
 */
export class ResetLimit {
  #left = BURST;
  #lastEpochMillis = Date.now();

  /** @throws ConnectionError when there have been too many */
  count(): void {
    const now = Date.now();
    this.#left = Math.min(BURST, this.#left + ((now - this.#lastEpochMillis) * PER_SECOND) / 1000);
    this.#lastEpochMillis = now;
    if (this.#left < 1) throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'streams reset without end');
    this.#left -= 1;
  }
}
