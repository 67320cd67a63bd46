import type { Alert } from '../state/alert';
import type { Transition } from '../state/alert-book';
import { fingerprint } from '../state/fingerprint';
import { notificationsFor, type RouterOptions } from './router';

const NOW = Date.parse('2026-01-01T00:00:30.000Z');

function alert(service: string, route: string, state: Alert['state'] = 'firing'): Alert {
  const labels = { alertname: 'HighLatency', service_name: service, route };
  return {
    fingerprint: fingerprint(labels),
    ruleId: 'r',
    groupKey: JSON.stringify([service, route]),
    labels,
    annotations: { summary: `${service} is slow`, value: route },
    state,
    value: 900,
    service: {},
    traceIds: [],
    activeAtMillis: NOW - 20_000,
    firedAtMillis: NOW - 10_000,
    eventTimeMillis: NOW - 10_100,
    receivedAtMillis: NOW - 10_000,
  };
}

function transition(of: Alert, from: Transition['from'], to: Transition['to']): Transition {
  return { alert: of, from, to, rule: undefined, eventTimeMillis: NOW - 100, receivedAtMillis: NOW - 10 };
}

const OPTIONS: RouterOptions = {
  route: { receivers: [{ name: 'on-call', sendResolved: true }], groupBy: ['alertname', 'service_name'] },
  externalUrl: 'https://alerts.example.com',
  maxAlertsPerNotification: 100,
};

function route(
  transitions: Transition[],
  active: Alert[],
  options = OPTIONS,
): ReturnType<typeof notificationsFor> {
  let id = 0;
  return notificationsFor(transitions, active, options, () => (id += 1), NOW);
}

describe('notificationsFor', () => {
  const [users, list, orders] = [alert('users', '/a'), alert('users', '/b'), alert('orders', '/a')];

  it('tells each group once, with all its alerts that fire and those that just ended', () => {
    const notifications = route(
      [transition(users, 'firing', 'inactive'), transition(orders, 'pending', 'firing')],
      [list, orders],
    );
    expect(notifications.map(({ id, receiver, groupKey }) => [id, receiver, groupKey])).toEqual([
      [1, 'on-call', '{}:{alertname="HighLatency", service_name="users"}'],
      [2, 'on-call', '{}:{alertname="HighLatency", service_name="orders"}'],
    ]);
    expect(JSON.parse(notifications[0]!.body)).toEqual({
      version: '4',
      groupKey: '{}:{alertname="HighLatency", service_name="users"}',
      truncatedAlerts: 0,
      receiver: 'on-call',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: list.labels,
          annotations: list.annotations,
          startsAt: '2026-01-01T00:00:20.000Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'https://alerts.example.com/#HighLatency',
          fingerprint: list.fingerprint,
        },
        {
          status: 'resolved',
          labels: users.labels,
          annotations: users.annotations,
          startsAt: '2026-01-01T00:00:20.000Z',
          endsAt: '2026-01-01T00:00:30.000Z',
          generatorURL: 'https://alerts.example.com/#HighLatency',
          fingerprint: users.fingerprint,
        },
      ],
      groupLabels: { alertname: 'HighLatency', service_name: 'users' },
      commonLabels: { alertname: 'HighLatency', service_name: 'users' },
      commonAnnotations: { summary: 'users is slow' },
      externalURL: 'https://alerts.example.com',
    });
    expect(notifications[0]?.alerts).toEqual([
      {
        labels: users.labels,
        status: 'resolved',
        eventTimeEpochMillis: NOW - 100,
        receivedAtEpochMillis: NOW - 10,
      },
    ]);
  });

  it('says nothing of alerts that were only pending', () => {
    const pending = alert('users', '/a', 'pending');
    expect(route([transition(pending, 'inactive', 'pending')], [pending])).toEqual([]);
    expect(route([transition(pending, 'pending', 'inactive')], [])).toEqual([]);
  });

  it('spares receivers that do not want to hear of the end', () => {
    const receivers = [
      { name: 'quiet', sendResolved: false },
      { name: 'all', sendResolved: true },
    ];
    const options = { ...OPTIONS, route: { ...OPTIONS.route, receivers } };
    expect(
      route([transition(users, 'firing', 'inactive')], [], options).map(({ receiver }) => receiver),
    ).toEqual(['all']);
    expect(route([transition(users, 'pending', 'firing')], [users], options)).toHaveLength(2);
  });

  it('leaves alerts over the limit out, and says how many', () => {
    const [notification] = route([transition(users, 'pending', 'firing')], [users, list], {
      ...OPTIONS,
      maxAlertsPerNotification: 1,
    });
    expect(JSON.parse(notification!.body)).toMatchObject({
      truncatedAlerts: 1,
      alerts: [{ status: 'firing' }],
    });
  });
});
