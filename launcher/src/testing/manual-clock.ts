import type { Clock } from '../clock.ts';

interface Waiter {
  readonly at: number;
  readonly resolve: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: number[] = [];
  private time: number;
  private waiters: Waiter[] = [];

  constructor(startMillis = Date.UTC(2026, 0, 1)) {
    this.time = startMillis;
  }

  now(): number {
    return this.time;
  }

  wait(millis: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(millis);
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push({ at: this.time + millis, resolve });
      signal?.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
  }

  advance(millis: number): void {
    this.time += millis;
    const due = this.waiters.filter(({ at }) => at <= this.time);
    this.waiters = this.waiters.filter(({ at }) => at > this.time);
    for (const { resolve } of due) resolve();
  }
}
