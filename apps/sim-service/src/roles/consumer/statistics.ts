const WINDOW_SECONDS = 60;

/** What `GET /stats` tells; the rate is that of the last minute, or of the time since the start. */
export interface Stats {
  readonly processed_messages: number;
  readonly error_messages: number;
  readonly uptime_seconds: number;
  readonly processing_rate_per_second: number;
}

/** Counts by the second, for the last minute. */
export class Statistics {
  private readonly startedAtMillis: number;
  private processed = 0;
  private failed = 0;
  private readonly bySecond = new Array<{ second: number; count: number }>(WINDOW_SECONDS).fill({
    second: -1,
    count: 0,
  });

  constructor(private readonly nowMillis: () => number) {
    this.startedAtMillis = nowMillis();
  }

  succeeded(): void {
    this.processed++;
    const second = Math.floor(this.nowMillis() / 1000);
    const index = second % WINDOW_SECONDS;
    const slot = this.bySecond[index];
    this.bySecond[index] = { second, count: slot?.second === second ? slot.count + 1 : 1 };
  }

  /** An attempt failed; a message that fails twice counts twice. */
  errored(): void {
    this.failed++;
  }

  read(): Stats {
    const uptimeSeconds = (this.nowMillis() - this.startedAtMillis) / 1000;
    const oldest = Math.floor(this.nowMillis() / 1000) - WINDOW_SECONDS;
    const recent = this.bySecond.reduce((sum, { second, count }) => (second > oldest ? sum + count : sum), 0);
    return {
      processed_messages: this.processed,
      error_messages: this.failed,
      uptime_seconds: uptimeSeconds,
      processing_rate_per_second: recent / Math.min(WINDOW_SECONDS, Math.max(1, uptimeSeconds)),
    };
  }
}
