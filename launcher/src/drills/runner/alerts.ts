import { ask } from '../../backends/ask.ts';
import { alertEngine } from '../../programs/apps.ts';
import type { ExpectedAlert } from '../drill.ts';
import { sendRequest } from './load.ts';

/** An alert as the engine's `GET /api/v1/alerts` has it, in Prometheus' format. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  /** ISO 8601. */
  readonly activeAt: string;
  /** In seconds, a ratio, or a number. */
  readonly value: string;
}

/** What one receiver was told of it, with the clocks: `GET /api/v1/notifications`. */
export interface NotifiedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly outcome: 'delivered' | 'rejected' | 'gave_up';
  /** T0: end of the first bad event of the window that crossed the line. */
  readonly eventTimeEpochMillis: number;
  /** T1: the engine received what crossed the line. */
  readonly receivedAtEpochMillis: number;
  /** T2: the receiver's 2xx. */
  readonly deliveredAtEpochMillis?: number;
}

type Labelled = Pick<ActiveAlert, 'labels'>;

/** Whether those labels are among the alert's. */
export function isExpected({ labels }: Labelled, expected: ExpectedAlert): boolean {
  return Object.entries(expected).every(([name, value]) => labels[name] === value);
}

/** What a drill asks of the alert engine; each throws a LauncherError when there is no answer. */
export interface Alerts {
  /** The alert, if it is active now. */
  active(expected: ExpectedAlert): Promise<ActiveAlert | undefined>;
  /** The first notification that it fires that was received at this time or later, if it has come to its end. */
  notification(expected: ExpectedAlert, sinceEpochMillis: number): Promise<NotifiedAlert | undefined>;
  /** Whether anybody is told of alerts. */
  hasReceiver(): Promise<boolean>;
}

/** The engine of the platform, over its HTTP API. */
export const engineAlerts: Alerts = {
  async active(expected) {
    const { data } = await ask<{ data: { alerts: ActiveAlert[] } }>(alertEngine, '/api/v1/alerts');
    return data.alerts.find((alert) => isExpected(alert, expected));
  },
  async notification(expected, sinceEpochMillis) {
    const { data } = await ask<{ data: { notifications: NotifiedAlert[] } }>(
      alertEngine,
      '/api/v1/notifications',
    );
    return data.notifications.findLast(
      (told) =>
        isExpected(told, expected) &&
        told.status === 'firing' &&
        told.receivedAtEpochMillis >= sinceEpochMillis,
    );
  },
  async hasReceiver() {
    const { body } = await sendRequest({ method: 'GET', url: `${alertEngine.address ?? ''}/metrics` });
    // A gauge for the queue of each.
    return /^alert_engine_notifications_queued\{receiver=/m.test(String(body));
  },
};

/** Ids of the traces that the alert names, the worst first. */
export function traceIdsOf({ annotations }: ActiveAlert): string[] {
  return (annotations.trace_ids ?? '').split(',').filter((id) => id !== '');
}
