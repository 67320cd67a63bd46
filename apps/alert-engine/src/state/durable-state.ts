import type { Notification } from '../notify/notification';
import type { Alert } from './alert';

/** All that has to survive a restart. */
export interface Snapshot {
  readonly alerts: readonly Alert[];
  /** In the order of their ids. */
  readonly notifications: readonly Notification[];
}

/** What changed; written in one transaction. */
export interface Change {
  readonly upserts: readonly Alert[];
  /** Fingerprints of alerts that ended. */
  readonly ended: readonly string[];
  readonly notifications: readonly Notification[];
}

/** What the state needs of the rest of the program, in whose memory the truth is. */
export interface StateOwner {
  /** Takes over what was stored; what is known already stays as it is. */
  restore(snapshot: Snapshot): void;
  /** All that should be stored now. */
  snapshot(): Snapshot;
  /** Seconds from the (first) change to its commit. */
  onWritten(seconds: number): void;
  onWriteError(): void;
}

/** As GET /readyz tells it. */
export type Standing =
  | 'stored'
  | 'in memory only, trying again'
  /** The state is another engine's now, and there is nothing to try. */
  | 'in memory only, another engine has taken over';

/**
 * Keeps what is stored in step with memory, and never stands in the way: nothing here throws, and while it cannot be
 * stored the program goes on in memory.
 */
export interface DurableState {
  /** Whether something is known to be missing from what is stored. */
  readonly isBehind: boolean;
  readonly standing: Standing;
  /** Restores what is stored. Where that takes longer than it may, it goes on in the background. */
  start(): void | Promise<void>;
  write(change: Change): void;
  /** Tries whether it can be written; says what is wrong if it cannot, or is behind. */
  probe(): string | undefined | Promise<string | undefined>;
  /** At an interval: writes everything once that works again. */
  retry(): void | Promise<void>;
  /** Tries for the last time to have everything stored. */
  close(): void | Promise<void>;
}
