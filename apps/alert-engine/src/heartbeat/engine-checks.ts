import type { Checks } from './heartbeat';
import type { Clock } from '../clock';
import type { DurableState } from '../state/durable-state';

/** What is looked at before each heartbeat. */
export interface CheckedParts {
  /** Sends a request without data through the port that the Collector uses. */
  readonly probeIngest: () => Promise<string | undefined>;
  readonly engine: { readonly lastTickMillis: number };
  readonly queries: { readonly unansweredSinceMillis: number | undefined };
  readonly state: Pick<DurableState, 'probe'>;
  readonly clock: Clock;
}

export interface CheckLimits {
  /** How often time alone is judged. */
  readonly tickIntervalMillis: number;
  /** Rules that ask Prometheus are blind without an answer; 0 where nobody minds. */
  readonly maxUnansweredMillis: number;
}

/** A tick that is this many intervals late, and this many milliseconds, does not come. */
const LATE_TICKS = 5;
const LATE_MILLIS = 5000;

/** From the port that data comes in by, over the rules, to where alerts are kept. */
export function engineChecks(
  { probeIngest, engine, queries, state, clock }: CheckedParts,
  { tickIntervalMillis, maxUnansweredMillis }: CheckLimits,
): Checks {
  return {
    ingest: probeIngest,
    evaluation: () => {
      const lateMillis = clock.now() - engine.lastTickMillis;
      const isLate = lateMillis > Math.max(LATE_TICKS * tickIntervalMillis, LATE_MILLIS);
      return isLate ? 'rules are not judged any more' : undefined;
    },
    queries: () => {
      const sinceMillis = queries.unansweredSinceMillis;
      if (sinceMillis === undefined || maxUnansweredMillis === 0) return undefined;
      return clock.now() - sinceMillis > maxUnansweredMillis ? 'Prometheus answers no rule' : undefined;
    },
    state: () => state.probe(),
  };
}
