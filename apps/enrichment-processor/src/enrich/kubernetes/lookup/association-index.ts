/** What the index needs to know of a pod to choose between several that have the same key. */
export interface Claimant {
  /** Deleted, or its containers have all ended: whoever has its address now is another pod. */
  readonly gone: boolean;
  readonly startEpochMillis: number;
}

/**
 * Key → pod for one association rule. Several pods can have the same key: an address is used again soon after
 * its pod ended, and a rule may ask for something that many pods share. Then the newest that still runs has it.
 */
export class AssociationIndex<T extends Claimant> {
  readonly #holders = new Map<string, T>();
  /** All claimants of the few keys that have more than one. */
  readonly #contested = new Map<string, Set<T>>();

  get size(): number {
    return this.#holders.size;
  }

  get(key: string): T | undefined {
    return this.#holders.get(key);
  }

  claim(key: string, claimant: T): void {
    const holder = this.#holders.get(key);
    if (holder === undefined) {
      this.#holders.set(key, claimant);
      return;
    }
    const claimants = this.#contested.get(key);
    if (claimants !== undefined) claimants.add(claimant);
    else if (holder !== claimant) this.#contested.set(key, new Set([holder, claimant]));
    else return;
    this.#elect(key);
  }

  release(key: string, claimant: T): void {
    const claimants = this.#contested.get(key);
    if (claimants === undefined) {
      if (this.#holders.get(key) === claimant) this.#holders.delete(key);
      return;
    }
    claimants.delete(claimant);
    this.#elect(key);
    if (claimants.size === 1) this.#contested.delete(key);
  }

  #elect(key: string): void {
    let best: T | undefined;
    for (const claimant of this.#contested.get(key) ?? []) {
      if (best === undefined || beats(claimant, best)) best = claimant;
    }
    if (best !== undefined) this.#holders.set(key, best);
  }
}

function beats(one: Claimant, other: Claimant): boolean {
  if (one.gone !== other.gone) return other.gone;
  return one.startEpochMillis >= other.startEpochMillis;
}
