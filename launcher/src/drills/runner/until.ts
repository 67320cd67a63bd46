import { isAborted } from '../../abort.ts';
import type { Clock } from '../../clock.ts';

export interface UntilOptions {
  readonly clock: Clock;
  readonly deadlineMillis: number;
  readonly signal: AbortSignal;
}

const askEveryMillis = 250;

/**
 * Asks until there is an answer; undefined at the deadline or at the abort. A program that does not answer for a
 * moment counts as "not yet"; if it does not at the deadline either, what it is about is thrown.
 */
export async function until<T>(
  attempt: () => Promise<T | undefined>,
  { clock, deadlineMillis, signal }: UntilOptions,
): Promise<T | undefined> {
  const deadline = clock.now() + deadlineMillis;
  while (!isAborted(signal)) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
      if (clock.now() >= deadline) return undefined;
    } catch (error) {
      if (clock.now() >= deadline) throw error;
    }
    await clock.wait(askEveryMillis, signal);
  }
  return undefined;
}
