import type { Clock } from '../clock';

/** Time that stands still until it is told. */
export class FakeClock implements Clock {
  #nowMillis: number;
  #waiting: { readonly atMillis: number; readonly action: () => void }[] = [];

  constructor(startMillis = 1_700_000_000_000) {
    this.#nowMillis = startMillis;
  }

  now(): number {
    return this.#nowMillis;
  }

  after(delayMillis: number, action: () => void): () => void {
    const entry = { atMillis: this.#nowMillis + delayMillis, action };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** Lets time pass, running what is due in its order, and whatever promises that sets free. */
  async pass(millis: number): Promise<void> {
    const untilMillis = this.#nowMillis + millis;
    await settle();
    for (;;) {
      const [next] = this.#waiting.sort((a, b) => a.atMillis - b.atMillis);
      if (next === undefined || next.atMillis > untilMillis) break;
      this.#waiting.shift();
      this.#nowMillis = next.atMillis;
      next.action();
      await settle();
    }
    this.#nowMillis = untilMillis;
  }
}

/** Every promise that can go on has gone on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
