/** Runs one piece of work at a time, in the order in which they came. */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve();
  readonly #waiting = new Map<string, Promise<void>>();

  /** Of one kind only one waits: who asks meanwhile gets that one. It must not fail. */
  once(kind: string, work: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(kind);
    if (waiting !== undefined) return waiting;
    this.#last = this.#last.then(() => {
      this.#waiting.delete(kind);
      return work();
    });
    this.#waiting.set(kind, this.#last);
    return this.#last;
  }
}
