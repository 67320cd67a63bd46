import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Request bytes between two young-generation collections. Each costs a fraction of a millisecond; without
 * them 36 % of the hop's CPU time was garbage collection (docs/performance.md).
 */
const BYTES_BETWEEN = 8 * 1024 * 1024;
/** What a request holds of memory outside V8's heap, in its own length: as received, joined, and enriched. */
const COPIES = 3;

/**
 * Bodies are Buffers, whose bytes lie outside V8's heap. V8 counts them only towards full collections, which
 * mark the whole heap; the young generation, where a body's handle dies within milliseconds, is collected when
 * its own few megabytes are full, hundreds of requests later. So it is asked to after so many bytes of bodies.
 */
export class YoungGarbage {
  readonly #collect: (options: { type: 'minor' }) => void;
  #bytes = 0;
  #scheduled = false;

  constructor(collect = exposedCollector()) {
    this.#collect = collect;
  }

  /** A request of so many bytes has passed. */
  add(requestBytes: number): void {
    this.#bytes += requestBytes * COPIES;
    if (this.#bytes < BYTES_BETWEEN || this.#scheduled) return;
    this.#scheduled = true;
    // With an empty stack fewer of them are still held.
    setImmediate(() => {
      this.#bytes = 0;
      this.#scheduled = false;
      this.#collect({ type: 'minor' });
    });
  }
}

/** V8 shows its collector to contexts that are made after the flag is set; no command line has to name it. */
function exposedCollector(): (options: { type: 'minor' }) => void {
  // The young generation need not grow any more either; unhindered it takes 128 MiB under load.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
