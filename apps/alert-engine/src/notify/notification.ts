import type { Labels } from '../evaluate/group-labels';

/** How a notification ended: taken by the receiver, refused by it for good, or tried for too long. */
export type FinalOutcome = 'delivered' | 'rejected' | 'gave_up';
export type Outcome = 'pending' | FinalOutcome;

/** One alert in a notification, with the clocks of the change that led to it. */
export interface NotifiedAlert {
  readonly labels: Labels;
  readonly status: 'firing' | 'resolved';
  /** T0, milliseconds since the epoch. */
  readonly eventTimeEpochMillis: number;
  /** T1, milliseconds since the epoch. */
  readonly receivedAtEpochMillis: number;
}

/** One request to one receiver, complete: what is sent after a restart is what would have been sent before. */
export interface Notification {
  readonly id: number;
  readonly receiver: string;
  /** Notifications of one group reach a receiver one after the other. */
  readonly groupKey: string;
  /** The alerts whose change is the reason, not all that the body names. */
  readonly alerts: readonly NotifiedAlert[];
  /** JSON. */
  readonly body: string;
  readonly createdAtEpochMillis: number;
  readonly outcome: Outcome;
  readonly attempts: number;
  /** T2: when the receiver's 2xx came, milliseconds since the epoch. */
  readonly deliveredAtEpochMillis?: number;
}
