import type { Labels } from '../evaluate/group-labels';
import type { Alert } from '../state/alert';
import type { Transition } from '../state/alert-book';
import type { Notification } from './notification';
import { groupKey, webhookPayload, type PayloadAlert } from './webhook-payload';

export interface Route {
  /** Names of receivers, each of which gets every notification. */
  readonly receivers: readonly { readonly name: string; readonly sendResolved: boolean }[];
  /** Label names; alerts that agree in them share a notification. */
  readonly groupBy: readonly string[];
}

export interface RouterOptions {
  readonly route: Route;
  readonly externalUrl: string;
  readonly maxAlertsPerNotification: number;
}

interface Group {
  readonly labels: Labels;
  readonly changes: Transition[];
}

/**
 * Turns changes of state into what each receiver is to be told: one notification for each group with a
 * change, which names, as Alertmanager does, all alerts of the group that fire, and those that just ended.
 */
export function notificationsFor(
  transitions: readonly Transition[],
  active: readonly Alert[],
  options: RouterOptions,
  nextId: () => number,
  nowMillis: number,
): Notification[] {
  const groups = new Map<string, Group>();
  for (const transition of transitions) {
    if (statusOf(transition) === undefined) continue;
    const labels = pick(transition.alert.labels, options.route.groupBy);
    const key = groupKey(labels);
    const group = groups.get(key) ?? { labels, changes: [] };
    group.changes.push(transition);
    groups.set(key, group);
  }
  const firing = groups.size === 0 ? new Map<string, Alert[]>() : firingByGroup(active, options.route);
  return [...groups].flatMap(([key, { labels, changes }]) =>
    options.route.receivers.flatMap((receiver) => {
      const told = changes.filter((change) => receiver.sendResolved || statusOf(change) === 'firing');
      if (told.length === 0) return [];
      const ended = told
        .filter((change) => statusOf(change) === 'resolved')
        .map(({ alert }): PayloadAlert => ({ alert, endsAtMillis: nowMillis }));
      const alerts = [...(firing.get(key) ?? []).map((alert): PayloadAlert => ({ alert })), ...ended];
      const notification: Notification = {
        id: nextId(),
        receiver: receiver.name,
        groupKey: key,
        alerts: told.map(({ alert, eventTimeMillis, receivedAtMillis, to }) => ({
          labels: alert.labels,
          status: to === 'firing' ? 'firing' : 'resolved',
          eventTimeEpochMillis: eventTimeMillis,
          receivedAtEpochMillis: receivedAtMillis,
        })),
        body: webhookPayload(alerts, {
          receiver: receiver.name,
          groupLabels: labels,
          externalUrl: options.externalUrl,
          maxAlerts: options.maxAlertsPerNotification,
        }),
        createdAtEpochMillis: nowMillis,
        outcome: 'pending',
        attempts: 0,
      };
      return [notification];
    }),
  );
}

/** Pending alerts come and go without anybody being told. */
function statusOf({ from, to }: Transition): 'firing' | 'resolved' | undefined {
  if (to === 'firing') return 'firing';
  return from === 'firing' ? 'resolved' : undefined;
}

function firingByGroup(active: readonly Alert[], route: Route): Map<string, Alert[]> {
  const groups = new Map<string, Alert[]>();
  for (const alert of active) {
    if (alert.state !== 'firing') continue;
    const key = groupKey(pick(alert.labels, route.groupBy));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [alert]);
    else group.push(alert);
  }
  return groups;
}

function pick(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(names.flatMap((name) => (name in labels ? [[name, labels[name] ?? '']] : [])));
}
