/**
 * How much the peer may still send, on a stream or a connection (RFC 9113, section 5.2). What arrives is taken
 * at once and refused, if it must be, for its size, so the window only has to be opened again in time.
 */
export class ReceiveWindow {
  #taken = 0;

  constructor(private readonly bytes: number) {}

  /** Takes what has arrived. Returns by how much to open the window again; 0 for not yet. */
  take(bytes: number): number {
    this.#taken += bytes;
    if (this.#taken < this.bytes / 2) return 0;
    const opened = this.#taken;
    this.#taken = 0;
    return opened;
  }
}
