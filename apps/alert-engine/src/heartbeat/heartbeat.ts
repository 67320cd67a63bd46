import type { Program } from '@trace/runtime';
import type { Clock } from '../clock';
import type { Attempt } from '../notify/webhook-sender';

export type HeartbeatOutcome = 'delivered' | 'failed' | 'withheld';

/** Part of the engine → what keeps it from working, if anything does. */
export type Checks = Readonly<Record<string, () => string | undefined | Promise<string | undefined>>>;

export interface HeartbeatParts {
  readonly intervalMillis: number;
  readonly checks: Checks;
  readonly send: () => Promise<Attempt>;
  readonly onBeat: (outcome: HeartbeatOutcome) => void;
  readonly logger: Program['logger'];
  readonly clock: Clock;
}

/**
 * A dead man's switch: tells a receiver outside, at an interval, that alerts would arrive. It is silent when they would
 * not, and the receiver is one that alerts about silence.
 */
export class Heartbeat {
  #cancel: () => void = () => undefined;
  #stopped = false;
  #isBeating = false;
  /** What the log said last. */
  #state = '';

  constructor(private readonly parts: HeartbeatParts) {}

  /** The first is due after one interval: an engine that starts again and again works as little as one that is gone. */
  start(): void {
    this.#cancel = this.parts.clock.after(this.parts.intervalMillis, () => {
      // The next is due an interval after this one was, unless this one takes longer than that.
      this.start();
      if (this.#isBeating) return;
      this.#isBeating = true;
      void this.#beat().finally(() => {
        this.#isBeating = false;
      });
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #beat(): Promise<void> {
    const problem = await this.#problem();
    if (problem !== undefined) {
      this.#done('withheld', problem);
      return;
    }
    const { result, reason } = await this.parts.send();
    if (result === 'delivered') this.#done('delivered', '');
    else this.#done('failed', reason);
  }

  async #problem(): Promise<string | undefined> {
    for (const [part, check] of Object.entries(this.parts.checks)) {
      const problem = await Promise.resolve()
        .then(check)
        .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      if (problem !== undefined) return `${part}: ${problem}`;
    }
    return undefined;
  }

  /** One line for each change, not for each beat. */
  #done(outcome: HeartbeatOutcome, reason: string): void {
    if (this.#stopped) return;
    this.parts.onBeat(outcome);
    const { logger } = this.parts;
    const state = `${outcome} ${reason}`;
    if (state === this.#state) return;
    this.#state = state;
    if (outcome === 'delivered') logger.info('heartbeats are delivered');
    else if (outcome === 'failed') logger.error({ reason }, 'the heartbeat was not taken by its receiver');
    else logger.error({ reason }, 'the heartbeat is withheld: the engine does not work');
  }
}
