import { ApiError } from './api-error';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** The place of an element of `items`: inside the list and its array. */
const ITEM_DEPTH = 2;
const ITEMS = Buffer.from('"items"');

/**
 * Cuts a list, `{"metadata": …, "items": [{…}, {…}]}`, into its items as its bytes arrive. A page of 500 pods
 * is several megabytes, and parsed it is many more; one item after the other, it is never held as a whole.
 */
export class ListSplitter {
  /** What is not in an item: the list with its `items` empty. */
  readonly #envelope: Buffer[] = [];
  #envelopeBytes = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inItems = false;
  #inItem = false;

  constructor(
    private readonly maxItemBytes: number,
    private readonly onItem: (json: Buffer) => void,
  ) {}

  /** @throws ApiError `too_large`, and what `onItem` throws */
  push(chunk: Buffer): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#inString = true;
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          if (this.#inItems && this.#depth === ITEM_DEPTH) {
            // What lies between two items is a comma.
            start = at;
            this.#inItem = true;
          }
          this.#depth += 1;
          if (byte === OPEN_BRACKET && this.#depth === ITEM_DEPTH && !this.#inItems) {
            this.#keep(chunk.subarray(start, at + 1));
            start = at + 1;
            this.#inItems = this.#endsWithItems();
          }
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          this.#depth -= 1;
          if (this.#inItem && this.#depth === ITEM_DEPTH) {
            this.#emit(chunk.subarray(start, at + 1));
            start = at + 1;
          } else if (this.#inItems && this.#depth < ITEM_DEPTH) {
            this.#inItems = false;
            start = at;
          }
          break;
      }
    }
    const rest = chunk.subarray(start);
    if (this.#inItem) this.#pend(rest);
    else if (!this.#inItems) this.#keep(rest);
  }

  /** The list without its items, when all has arrived. */
  end(): Buffer {
    return Buffer.concat(this.#envelope);
  }

  #emit(last: Buffer): void {
    this.#pend(last);
    const [only] = this.#pending;
    const item = this.#pending.length === 1 && only !== undefined ? only : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#inItem = false;
    this.onItem(item);
  }

  #pend(part: Buffer): void {
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.maxItemBytes) {
      throw new ApiError('too_large', `an object is larger than ${this.maxItemBytes} bytes`);
    }
    this.#pending.push(part);
  }

  #keep(part: Buffer): void {
    this.#envelopeBytes += part.length;
    if (this.#envelopeBytes > this.maxItemBytes) {
      throw new ApiError('too_large', `a list without its items is larger than ${this.maxItemBytes} bytes`);
    }
    if (part.length > 0) this.#envelope.push(part);
  }

  /** Whether the array that has just begun is that of the key "items". */
  #endsWithItems(): boolean {
    const text = Buffer.concat(this.#envelope).toString('latin1').slice(-64);
    return new RegExp(`${ITEMS.toString()}\\s*:\\s*\\[$`).test(text);
  }
}
