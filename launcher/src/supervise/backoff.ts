export interface BackoffLimits {
  readonly firstMillis: number;
  readonly maxMillis: number;
  /** A program that lived this long starts again from `firstMillis`. */
  readonly resetAfterMillis: number;
}

export const defaultBackoff: BackoffLimits = {
  firstMillis: 500,
  maxMillis: 30_000,
  resetAfterMillis: 60_000,
};

/** How long to wait before each restart: doubling, bounded, forgotten after a long life. */
export class Backoff {
  private nextMillis: number;
  private readonly limits: BackoffLimits;

  constructor(limits: BackoffLimits = defaultBackoff) {
    this.limits = limits;
    this.nextMillis = limits.firstMillis;
  }

  /** The wait before the next try, given how long the last one lived. */
  next(livedMillis: number): number {
    if (livedMillis >= this.limits.resetAfterMillis) this.nextMillis = this.limits.firstMillis;
    const wait = this.nextMillis;
    this.nextMillis = Math.min(wait * 2, this.limits.maxMillis);
    return wait;
  }
}
