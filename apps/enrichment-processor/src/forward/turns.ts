/** Has those who have much to do take turns, one in each round of the event loop, however many they are. */
export class Turns {
  #last = Promise.resolve();

  /** Resolves when it is the caller's turn, until its next `await`; everything else was served before. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#last;
  }
}
