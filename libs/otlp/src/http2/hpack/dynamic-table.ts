import { HpackError } from './hpack-error';
import type { HeaderPair } from './static-table';

/** RFC 7541, section 4.1: what an entry counts beside its octets. It bounds how many there can be, too. */
const ENTRY_OVERHEAD_BYTES = 32;

/** The fields that a peer has asked to remember; RFC 7541, section 2.3.2. What they take is bounded by `limitBytes`. */
export class DynamicTable {
  /** The oldest first. */
  readonly #fields: HeaderPair[] = [];
  #bytes = 0;
  #maxBytes: number;

  /** @param limitBytes what we have announced as SETTINGS_HEADER_TABLE_SIZE */
  constructor(private readonly limitBytes: number) {
    this.#maxBytes = limitBytes;
  }

  /** 1 is the newest. */
  get(index: number): HeaderPair | undefined {
    return this.#fields[this.#fields.length - index];
  }

  /** Section 4.4: one that is larger than the table leaves it empty, which is no error. */
  add(field: HeaderPair): void {
    const bytes = sizeOf(field);
    this.#evict(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    this.#fields.push(field);
    this.#bytes += bytes;
  }

  /** Section 4.2 and 4.3. */
  resize(maxBytes: number): void {
    if (maxBytes > this.limitBytes) throw new HpackError(`a dynamic table of ${maxBytes} bytes`);
    this.#maxBytes = maxBytes;
    this.#evict(maxBytes);
  }

  #evict(toBytes: number): void {
    while (this.#bytes > Math.max(toBytes, 0)) {
      const oldest = this.#fields.shift();
      if (oldest === undefined) return;
      this.#bytes -= sizeOf(oldest);
    }
  }
}

/** Strings are latin1, so that a character is an octet. */
function sizeOf([name, value]: HeaderPair): number {
  return name.length + value.length + ENTRY_OVERHEAD_BYTES;
}
