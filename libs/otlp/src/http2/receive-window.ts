import { ErrorCode } from './error-code';
import { ConnectionError } from './frames';

/**
 * How much the peer may still send, on a stream or a connection (RFC 9113, section 5.2). What arrives is taken
 * at once and refused, if it must be, for its size, so the window only has to be opened again in time.
 */
export class ReceiveWindow {
  #taken = 0;

  constructor(private readonly bytes: number) {}

  /**
   * Takes what has arrived. Returns by how much to open the window again; 0 for not yet.
   *
   * @throws ConnectionError when it is more than the window allows
   */
  take(bytes: number): number {
    this.#taken += bytes;
    if (this.#taken < this.bytes / 2) return 0;
    if (this.#taken > this.bytes) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'more data than the window allows');
    }
    const opened = this.#taken;
    this.#taken = 0;
    return opened;
  }
}
