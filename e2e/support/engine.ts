import type { ActiveAlert } from '../../launcher/src/drills/runner/alerts.ts';

/** The alert engine over its HTTP API. */

export const engineUrl = 'http://127.0.0.1:8090';

export interface NotificationClocks {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  /** T0: end of the first bad request in the window. */
  readonly eventTimeEpochMillis: number;
  /** T1: the engine received the span that crossed the line. */
  readonly receivedAtEpochMillis: number;
  /** T2: the receiver's 2xx. */
  readonly deliveredAtEpochMillis: number;
}

export async function notifications(): Promise<NotificationClocks[]> {
  const response = await fetch(`${engineUrl}/api/v1/notifications`);
  return ((await response.json()) as { data: { notifications: NotificationClocks[] } }).data.notifications;
}

export async function activeAlerts(): Promise<ActiveAlert[]> {
  const response = await fetch(`${engineUrl}/api/v1/alerts`);
  return ((await response.json()) as { data: { alerts: ActiveAlert[] } }).data.alerts;
}

/** Names of the rules in force. */
export async function activeRules(): Promise<string[]> {
  const response = await fetch(`${engineUrl}/api/v1/rules`);
  const { data } = (await response.json()) as { data: { groups: { rules: { name: string }[] }[] } };
  return data.groups.flatMap(({ rules }) => rules.map(({ name }) => name));
}

/** The smallest value that `share` of the values do not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
