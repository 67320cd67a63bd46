import type { Logger } from 'pino';
import type { Counter } from 'prom-client';

const DEFAULT_INTERVAL_MILLIS = 60_000;

/** Counts every drop at once and logs what was dropped, and why, at most once in an interval. */
export class DropReporter<L extends string = never> {
  private readonly sinceLastLine = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly counter: Counter<'reason' | L>,
    /** What the line says of them. */
    private readonly message = 'dropped',
    private readonly intervalMillis = DEFAULT_INTERVAL_MILLIS,
  ) {}

  drop(reason: string, count = 1, labels?: Partial<Record<L, string | number>>): void {
    this.counter.inc({ ...labels, reason } as Partial<Record<'reason' | L, string | number>>, count);
    this.sinceLastLine.set(reason, (this.sinceLastLine.get(reason) ?? 0) + count);
    this.timer ??= setTimeout(() => {
      this.report();
    }, this.intervalMillis).unref();
  }

  /** Logs what is still unreported and ends the timer. */
  stop(): void {
    clearTimeout(this.timer);
    if (this.sinceLastLine.size > 0) this.report();
  }

  private report(): void {
    this.timer = undefined;
    this.logger.warn({ dropped: Object.fromEntries(this.sinceLastLine) }, this.message);
    this.sinceLastLine.clear();
  }
}
