const MAX_STRINGS = 50_000;

/**
 * Equal strings become one. The pods of a cluster say the same few things thousands of times, and JSON.parse
 * makes a string of each.
 */
export class StringPool {
  readonly #strings = new Map<string, string>();

  /** The same text; when the pool is full it begins anew, which costs memory and nothing else. */
  share(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    if (this.#strings.size >= MAX_STRINGS) this.#strings.clear();
    this.#strings.set(text, text);
    return text;
  }
}
