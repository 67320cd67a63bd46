/** Time, as far as the program's logic needs it; tests hand in their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `action` once after `delayMillis`; the result cancels it. */
  after(delayMillis: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMillis, action) => {
    const timer = setTimeout(action, delayMillis);
    return () => {
      clearTimeout(timer);
    };
  },
};
