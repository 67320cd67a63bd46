import { LauncherError } from '../errors.ts';
import { gateway, payments } from '../programs/apps.ts';
import type { Drill } from './drill.ts';
import { owner, tracesWith } from './runner/evidence.ts';
import { putFault } from './runner/faults.ts';
import { sendRequest } from './runner/load.ts';

const api = `${gateway.address ?? ''}/api/v1`;

export const failingPayments: Drill = {
  name: 'failing-payments',
  summary: 'has every payment fail, and orders with it',
  durationSeconds: 20,
  // What payments does is no request but a message's: the rule sees it at orders, which waits for the answer.
  alert: { alertname: 'HighErrorRatio', service_name: 'orders' },
  evidence: [
    owner,
    tracesWith(
      'a trace with a failed span of payments',
      (spans) =>
        spans.find(({ resource, isError }) => isError && resource['service.name'] === 'payments')?.name,
    ),
  ],
  needs: ['gateway', 'users', 'orders', 'payments', 'nats', 'tempo'],
  load: async () => ({
    method: 'POST',
    url: `${api}/orders`,
    body: { userId: await someUser(), items: [{ sku: 'tea', quantity: 1 }] },
  }),
  begin: (run) => putFault(payments, { route: 'payments', errorRate: 1 }, run),
};

/** One of the older ones, which nobody is about to delete. */
async function someUser(): Promise<string> {
  const { status, body } = await sendRequest({ method: 'GET', url: `${api}/users?limit=100` });
  const { users = [] } = status === 200 ? (body as { users?: { id: string }[] }) : {};
  const id = users.at(-1)?.id;
  if (id !== undefined) return id;
  throw new LauncherError('http', `the gateway knows no user to order for: it answered ${status}`);
}
