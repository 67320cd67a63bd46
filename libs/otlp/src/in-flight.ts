/** Whoever comes later has a higher id, and keeps it. */
export interface Numbered {
  readonly id: number;
}

/**
 * Those that are under way, in the order they came: a Set without what V8's Set and Map cost here. These make a new
 * table for every few that come and go, and each table points to the next. Once one of them is in the old generation,
 * all that follow, with everyone who was in them, are kept until the next full collection: megabytes of calls that
 * have long ended (docs/performance.md, Memory). The order is that of the ids, so that a search takes a few steps.
 */
export class InFlight<T extends Numbered> implements Iterable<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Its id is higher than that of all who were here before. */
  add(item: T): void {
    this.#items.push(item);
  }

  has(item: T): boolean {
    return this.find(item.id) === item;
  }

  find(id: number): T | undefined {
    const found = this.#items[this.#placeOf(id)];
    return found?.id === id ? found : undefined;
  }

  /** Whether it was there. */
  delete(item: T): boolean {
    const at = this.#placeOf(item.id);
    if (this.#items[at] !== item) return false;
    // The oldest mostly leaves first, and of thousands `shift` moves none.
    if (at === 0) this.#items.shift();
    else this.#items.splice(at, 1);
    return true;
  }

  /** Those of this moment: who leaves while they are walked through is still met. */
  [Symbol.iterator](): Iterator<T> {
    return this.#items.slice().values();
  }

  /** Where the first is whose id is not lower; the end if there is none. */
  #placeOf(id: number): number {
    let [from, to] = [0, this.#items.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#items[middle]?.id ?? Infinity) < id) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
