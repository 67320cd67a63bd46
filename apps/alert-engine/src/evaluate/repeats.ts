/** How often each key is there among what a window holds: the calls of one trace to one route. */
export class Repeats {
  readonly #counts = new Map<string, number>();

  /** @returns how many there are with this one */
  add(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  remove(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}
