/** Things that are forgotten a fixed time after they went away, oldest first. */
export class GraceQueue<T> {
  readonly #waiting: { readonly item: T; readonly untilMillis: number }[] = [];
  #head = 0;

  constructor(
    private readonly graceMillis: number,
    private readonly forget: (item: T) => void,
  ) {}

  get size(): number {
    return this.#waiting.length - this.#head;
  }

  add(item: T, nowMillis: number): void {
    this.#waiting.push({ item, untilMillis: nowMillis + this.graceMillis });
  }

  /** Forgets everything whose time has come. */
  sweep(nowMillis: number): void {
    for (;;) {
      const first = this.#waiting[this.#head];
      if (first === undefined || first.untilMillis > nowMillis) break;
      this.#head += 1;
      this.forget(first.item);
    }
    // Keeps removal cheap: the array is only moved when half of it is gone.
    if (this.#head * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
