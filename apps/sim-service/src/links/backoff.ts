const FIRST_MILLIS = 100;

/** Waits that double, from 100 ms to the given limit. */
export class Backoff {
  private nextMillis = FIRST_MILLIS;

  constructor(private readonly maxMillis: number) {}

  next(): number {
    const millis = Math.min(this.nextMillis, this.maxMillis);
    this.nextMillis = millis * 2;
    return millis;
  }

  reset(): void {
    this.nextMillis = FIRST_MILLIS;
  }
}
