import type { Labels } from '../evaluate/group-labels';
import type { Alert } from '../state/alert';
import { byName } from '../state/fingerprint';

/** The zero time of Go, which Alertmanager sends as the end of what has not ended. */
export const NO_TIME = '0001-01-01T00:00:00Z';

export interface PayloadAlert {
  readonly alert: Alert;
  /** Milliseconds since the epoch; absent while the alert fires. */
  readonly endsAtMillis?: number;
}

export interface PayloadContext {
  readonly receiver: string;
  readonly groupLabels: Labels;
  /** The engine's own address, without a slash at the end. */
  readonly externalUrl: string;
  /** Alerts over this are left out of the body and counted in `truncatedAlerts`. */
  readonly maxAlerts: number;
}

/**
 * The body of a webhook as Alertmanager sends it, version 4.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export function webhookPayload(alerts: readonly PayloadAlert[], context: PayloadContext): string {
  const { receiver, groupLabels, externalUrl, maxAlerts } = context;
  const shown = alerts.slice(0, maxAlerts);
  return JSON.stringify({
    version: '4',
    groupKey: groupKey(groupLabels),
    truncatedAlerts: alerts.length - shown.length,
    receiver,
    status: alerts.some(({ endsAtMillis }) => endsAtMillis === undefined) ? 'firing' : 'resolved',
    alerts: shown.map(({ alert, endsAtMillis }) => ({
      status: endsAtMillis === undefined ? 'firing' : 'resolved',
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: new Date(alert.firedAtMillis ?? alert.activeAtMillis).toISOString(),
      endsAt: endsAtMillis === undefined ? NO_TIME : new Date(endsAtMillis).toISOString(),
      generatorURL: `${externalUrl}/#${encodeURIComponent(alert.labels.alertname ?? '')}`,
      fingerprint: alert.fingerprint,
    })),
    groupLabels,
    commonLabels: common(shown.map(({ alert }) => alert.labels)),
    commonAnnotations: common(shown.map(({ alert }) => alert.annotations)),
    externalURL: externalUrl,
  });
}

/** `{}:{alertname="HighLatency", service_name="users"}`: the one route, and the group's labels. */
export function groupKey(groupLabels: Labels): string {
  const labels = Object.entries(groupLabels)
    .sort(byName)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{}:{${labels.join(', ')}}`;
}

function common(sets: readonly Labels[]): Labels {
  const [first = {}, ...others] = sets;
  const shared = Object.entries(first).filter(([name, value]) => others.every((set) => set[name] === value));
  return Object.fromEntries(shared);
}
