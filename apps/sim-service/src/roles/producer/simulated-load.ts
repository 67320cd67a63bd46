import type { Logger } from 'pino';
import { outsideOfTrace } from '@trace/telemetry';
import { PRIORITIES } from '../../messaging/message';
import type { Publisher } from '../../messaging/publisher';
import { Arrivals } from '../load/arrivals';

export interface Load {
  readonly duration_seconds: number;
  readonly messages_per_second: number;
}

/** Sends messages of random priority at random moments; each is a trace of its own. */
export class SimulatedLoad {
  private readonly inFlight = new Set<Promise<void>>();
  private running: { readonly arrivals: Arrivals; readonly timer: NodeJS.Timeout } | undefined;
  private counts = { confirmed: 0, failed: 0, skipped: 0 };

  constructor(
    private readonly publisher: Publisher,
    private readonly maxInFlight: number,
    private readonly logger: Logger,
  ) {}

  /** False when one is running. */
  start({ duration_seconds, messages_per_second }: Load): boolean {
    if (this.running !== undefined) return false;
    this.counts = { confirmed: 0, failed: 0, skipped: 0 };
    // The request that starts the load is long over when most of it is sent.
    outsideOfTrace(() => {
      const arrivals = new Arrivals(
        messages_per_second,
        () => {
          this.sendOne();
        },
        Math.random,
        Date.now,
      );
      const timer = setTimeout(() => void this.stop(), duration_seconds * 1000);
      this.running = { arrivals, timer };
      arrivals.start();
    });
    return true;
  }

  /** Ends the load that is running, and waits for what it has sent. */
  async stop(): Promise<void> {
    if (this.running === undefined) return;
    clearTimeout(this.running.timer);
    this.running.arrivals.stop();
    this.running = undefined;
    await Promise.all(this.inFlight);
    this.logger.info(this.counts, 'load ended');
  }

  private sendOne(): void {
    if (this.inFlight.size >= this.maxInFlight) {
      this.counts.skipped++;
      return;
    }
    const priority = PRIORITIES[Math.floor(Math.random() * PRIORITIES.length)] ?? 'normal';
    const sending = this.publisher
      .send({ content: 'simulated load', priority })
      .then(
        () => {
          this.counts.confirmed++;
        },
        () => {
          // The metrics tell why; the load goes on.
          this.counts.failed++;
        },
      )
      .finally(() => this.inFlight.delete(sending));
    this.inFlight.add(sending);
  }
}
