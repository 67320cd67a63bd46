/**
 * Counts the bytes that requests hold, against one limit. A request may not start what it cannot pay for, so
 * memory is bounded however many clients send at once.
 */
export class ByteBudget {
  #inUse = 0;

  constructor(readonly maxBytes: number) {}

  get inUseBytes(): number {
    return this.#inUse;
  }

  /** Takes the bytes, or takes nothing and returns false. */
  take(bytes: number): boolean {
    if (this.#inUse + bytes > this.maxBytes) return false;
    this.#inUse += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#inUse -= bytes;
  }
}

/** What one request has taken from the budgets that bind it; given back once, all together. */
export class Holding {
  #bytes = 0;
  #neverFits = false;

  constructor(private readonly budgets: readonly ByteBudget[]) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether what was last refused would not have fitted either if this request had been alone. */
  get neverFits(): boolean {
    return this.#neverFits;
  }

  take(bytes: number): boolean {
    for (const [index, budget] of this.budgets.entries()) {
      if (budget.take(bytes)) continue;
      this.#neverFits = this.#bytes + bytes > budget.maxBytes;
      for (const taken of this.budgets.slice(0, index)) taken.giveBack(bytes);
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  giveBack(bytes = this.#bytes): void {
    for (const budget of this.budgets) budget.giveBack(bytes);
    this.#bytes -= bytes;
  }
}
