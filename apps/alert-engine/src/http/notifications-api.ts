import type { NotifiedAlert, Notification } from '../notify/notification';

/** What one receiver was told of one alert, and when; times are milliseconds since the epoch. */
export interface ApiNotification extends NotifiedAlert {
  readonly receiver: string;
  readonly outcome: Notification['outcome'];
  readonly attempts: number;
  readonly createdAtEpochMillis: number;
  /** T2: when the receiver's 2xx came; absent when none came. */
  readonly deliveredAtEpochMillis?: number;
}

/** One entry for each alert of each notification that came to its end, newest notification first. */
export function apiNotifications(notifications: readonly Notification[]): ApiNotification[] {
  const ended = notifications.filter(({ outcome }) => outcome !== 'pending');
  return ended.reverse().flatMap((notification) => {
    const { receiver, outcome, attempts, createdAtEpochMillis, deliveredAtEpochMillis } = notification;
    return notification.alerts.map((alert) => ({
      ...alert,
      receiver,
      outcome,
      attempts,
      createdAtEpochMillis,
      ...(deliveredAtEpochMillis === undefined ? {} : { deliveredAtEpochMillis }),
    }));
  });
}
