import { ErrorCode } from '../../http2/error-code';
import { ConnectionError } from '../../http2/frames';
import { type Headers, decodeHeaderBlock } from '../../http2/hpack/decode';

const MAX_REMEMBERED_BYTES = 256;
const MAX_REMEMBERED = 32;

/**
 * Decodes the header blocks of answers. Short ones are remembered: without a dynamic table the same bytes mean the
 * same headers.
 */
export class ResponseHeaders {
  readonly #remembered = new Map<string, Headers>();

  /** @throws ConnectionError for what cannot be decoded */
  decode(block: Buffer): Headers {
    if (block.length > MAX_REMEMBERED_BYTES) return decode(block);
    const key = block.toString('latin1');
    let headers = this.#remembered.get(key);
    if (headers === undefined) {
      headers = decode(block);
      if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
      this.#remembered.set(key, headers);
    }
    return headers;
  }
}

function decode(block: Buffer): Headers {
  try {
    return decodeHeaderBlock(block);
  } catch (error) {
    throw new ConnectionError(ErrorCode.COMPRESSION_ERROR, (error as Error).message);
  }
}
