import type { CallOutcome } from '@trace/otlp';
import type { DropReporter, Program } from '@trace/runtime';

const INTERVAL_MILLIS = 60_000;

/**
 * Says in the log what goes wrong, without a line for each request: refusals as a summary by DropReporter, and
 * each other status that senders are given with its latest message, once a minute at most.
 */
export class OutcomeLog {
  readonly #loggedAtEpochMillis = new Map<string, number>();

  constructor(
    private readonly logger: Program['logger'],
    private readonly drops: DropReporter<'signal'>,
  ) {}

  onAnswered({ signal, code, error }: CallOutcome): void {
    if (error === undefined) return;
    if (!error.retryable) this.drops.drop(code, 1, { signal });
    const key = `${signal} ${code}`;
    const now = Date.now();
    if (now - (this.#loggedAtEpochMillis.get(key) ?? 0) < INTERVAL_MILLIS) return;
    this.#loggedAtEpochMillis.set(key, now);
    // INTERNAL without a downstream's word for it is a defect of ours: show where.
    const cause = code === 'INTERNAL' ? { err: error.cause } : {};
    this.logger.warn({ signal, code, retryable: error.retryable, ...cause }, error.message);
  }
}
