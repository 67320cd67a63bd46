/**
 * Calls `arrive` at the moments of a Poisson process, whether earlier calls have ended or not: load
 * that waits for slow answers would hide that they are slow.
 */
export class Arrivals {
  private timer: NodeJS.Timeout | undefined;
  private nextAtMillis: number;

  constructor(
    /** May be changed while it runs; counts from the next arrival on. */
    public perSecond: number,
    private readonly arrive: () => void,
    private readonly random: () => number,
    private readonly nowMillis: () => number,
  ) {
    this.nextAtMillis = nowMillis();
  }

  start(): void {
    this.nextAtMillis = this.nowMillis();
    this.scheduleNext();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private scheduleNext(): void {
    // 1 - random() is never 0, so the gap is never infinite.
    this.nextAtMillis += (-Math.log(1 - this.random()) * 1000) / this.perSecond;
    this.timer = setTimeout(
      () => {
        this.arrive();
        this.scheduleNext();
      },
      Math.max(0, this.nextAtMillis - this.nowMillis()),
    );
  }
}
