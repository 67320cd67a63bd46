import { protocolError } from '../../http2/frames';
import { PREFACE } from '../../http2/preface';

/** RFC 9113, section 3.4: a client begins with a fixed text. */
export class ClientPreface {
  #bytes = 0;

  /**
   * Takes what has arrived; returns what of it lies behind the text.
   *
   * @throws ConnectionError for another text
   */
  take(chunk: Buffer): Buffer {
    if (this.#bytes === PREFACE.length) return chunk;
    const part = chunk.subarray(0, PREFACE.length - this.#bytes);
    const end = this.#bytes + part.length;
    if (!part.equals(PREFACE.subarray(this.#bytes, end))) throw protocolError('not the preface of HTTP/2');
    this.#bytes = end;
    return chunk.subarray(part.length);
  }
}
