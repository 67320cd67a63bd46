import { varintLength, writeVarint } from './encode';

/**
 * Replacements anywhere inside an encoded message, made from front to back and carried out with one allocation.
 * The length prefixes of the messages around a replacement are put right: a message that may change is opened
 * before its content and closed behind it.
 */
export class NestedSplice {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** A number is a length prefix. */
  readonly #replacements: (number | Uint8Array)[] = [];

  constructor(private readonly input: Buffer) {}

  /** Where the edits are now, for `undo`. */
  get mark(): number {
    return this.#starts.length;
  }

  /** Forgets every edit since the mark. */
  undo(mark: number): void {
    this.#starts.length = this.#ends.length = this.#replacements.length = mark;
  }

  /** @returns by how many bytes the content grows */
  replace(start: number, end: number, replacement: Uint8Array): number {
    this.#push(start, end, replacement);
    return replacement.length - (end - start);
  }

  /** A message whose length prefix is at [lengthAt, start); to be closed with what this returns. */
  open(lengthAt: number, start: number): number {
    this.#push(lengthAt, start, 0);
    return this.mark;
  }

  /**
   * @param growth of the message's content
   * @returns the same for the content of the message around it
   */
  close(opened: number, end: number, growth: number): number {
    if (this.mark === opened) {
      this.undo(opened - 1);
      return 0;
    }
    const start = this.#ends[opened - 1] ?? 0;
    const length = end - start + growth;
    this.#replacements[opened - 1] = length;
    return growth + varintLength(length) - (start - (this.#starts[opened - 1] ?? 0));
  }

  /** The new message, whose growth is known by now; the input itself if there was no edit. */
  apply(growth: number): Buffer {
    if (this.mark === 0) return this.input;
    const output = Buffer.allocUnsafe(this.input.length + growth);
    let from = 0;
    let at = 0;
    for (const [index, replacement] of this.#replacements.entries()) {
      at += this.input.copy(output, at, from, this.#starts[index]);
      if (typeof replacement === 'number') {
        at = writeVarint(output, at, replacement);
      } else {
        output.set(replacement, at);
        at += replacement.length;
      }
      from = this.#ends[index] ?? 0;
    }
    this.input.copy(output, at, from);
    return output;
  }

  #push(start: number, end: number, replacement: number | Uint8Array): void {
    this.#starts.push(start);
    this.#ends.push(end);
    this.#replacements.push(replacement);
  }
}
