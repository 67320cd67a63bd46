const FIRST_MILLIS = 250;
/** A server that asks to be left alone for longer (Retry-After) is asked again all the same. */
const MAX_ASKED_MILLIS = 60_000;

/** Pauses that grow twofold from one failure to the next, each cut at random so that replicas do not meet. */
export class BackOff {
  #failures = 0;

  constructor(
    private readonly maxMillis: number,
    private readonly random: () => number,
  ) {}

  get failures(): number {
    return this.#failures;
  }

  /** The pause after one more failure; at least half of what it might be, and what the server asked for. */
  next(askedMillis = 0): number {
    const cap = Math.min(this.maxMillis, FIRST_MILLIS * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.max(Math.min(askedMillis, MAX_ASKED_MILLIS), cap / 2 + (this.random() * cap) / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
