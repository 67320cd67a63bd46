import type { OnApplicationShutdown } from '@nestjs/common';
import type { FaultState } from './fault-state';

/** What is kept in all; it is held from there on, until the faults end. */
export const MAX_LEAK_BYTES = 256 * 1024 * 1024;
const STEP_MILLIS = 250;
const BYTES_PER_NUMBER = 8;

/** Keeps more and more of the JavaScript heap while faults ask for it, as a cache that nobody empties. */
export class HeapLeak implements OnApplicationShutdown {
  private kept: number[][] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly state: Pick<FaultState, 'leakBytesPerSecond'>,
    private readonly maxBytes = MAX_LEAK_BYTES,
  ) {}

  get keptBytes(): number {
    return this.kept.reduce((sum, { length }) => sum + length * BYTES_PER_NUMBER, 0);
  }

  /** To be called when other faults are on. */
  follow(): void {
    if (this.state.leakBytesPerSecond() === 0) this.free();
    else {
      this.timer ??= setInterval(() => {
        this.step();
      }, STEP_MILLIS).unref();
    }
  }

  onApplicationShutdown(): void {
    this.free();
  }

  private step(): void {
    const bytesPerSecond = this.state.leakBytesPerSecond();
    if (bytesPerSecond === 0) {
      this.free();
      return;
    }
    const bytes = Math.min((bytesPerSecond * STEP_MILLIS) / 1000, this.maxBytes - this.keptBytes);
    const count = Math.floor(bytes / BYTES_PER_NUMBER);
    // Fractions: V8 keeps them as they are in one block, of the size that was asked for.
    if (count > 0) this.kept.push(new Array<number>(count).fill(0.5));
  }

  private free(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.kept = [];
  }
}
