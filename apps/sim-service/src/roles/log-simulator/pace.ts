const TICK_MILLIS = 20;
/** After a pause of the process what is overdue is made up for, but no more than this much of it. */
const MAX_OVERDUE_MILLIS = 1000;

/** Calls `make` with how many are due, fifty times a second, so that `perSecond` are made in each second. */
export class Pace {
  #timer: NodeJS.Timeout | undefined;
  #lastMillis = 0;
  #owed = 0;

  constructor(
    private readonly perSecond: number,
    private readonly make: (count: number) => void,
    /** Of a clock that is never set. */
    private readonly nowMillis: () => number = () => performance.now(),
  ) {}

  start(): void {
    this.#lastMillis = this.nowMillis();
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MILLIS);
  }

  /** What is due up to now is made before it ends. */
  stop(): void {
    clearInterval(this.#timer);
    this.#tick();
  }

  #tick(): void {
    const now = this.nowMillis();
    const elapsed = Math.min(now - this.#lastMillis, MAX_OVERDUE_MILLIS);
    this.#lastMillis = now;
    this.#owed += (elapsed * this.perSecond) / 1000;
    const count = Math.floor(this.#owed);
    this.#owed -= count;
    if (count > 0) this.make(count);
  }
}
