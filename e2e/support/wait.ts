import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMillis: number;
  readonly intervalMillis?: number;
}

/** Thrown by an attempt that need not be repeated: what is waited for cannot come any more. */
export class NeverWill extends Error {}

/**
 * Tries until `attempt` returns something other than undefined; a throw counts as "not yet"
 * (but NeverWill). Fails with what the last attempt said.
 */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | undefined> | T | undefined,
  { timeoutMillis, intervalMillis = 200 }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + timeoutMillis;
  let last: unknown = 'nothing';
  for (;;) {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
    } catch (error) {
      if (error instanceof NeverWill) throw error;
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`${what}: not within ${timeoutMillis} ms; last: ${String(last)}`);
    }
    await sleep(intervalMillis);
  }
}

/** Asks a program that is under load until it answers: a time-out or a 5xx is not an answer. */
export function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  return eventually('an answer', ask, { timeoutMillis: 120_000, intervalMillis: 500 });
}

export { sleep };
