import { formatElapsed } from '../../clock.ts';
import type { ActiveAlert, NotifiedAlert } from './alerts.ts';
import type { CheckedEvidence } from './run-drill.ts';

const toSetAReceiver = 'TRACE_WEBHOOK_URL=… npm start has one';

/** When it began, when the engine knew, and when somebody was told. */
export function clockLines(
  { activeAt }: ActiveAlert,
  notification: NotifiedAlert | undefined,
  isTold: boolean,
): string[] {
  if (notification === undefined) {
    return [
      line('T0', 'first bad event', 'is told with a notification only'),
      line('T1', 'active in the engine', timeOfDay(Date.parse(activeAt))),
      line(
        'T2',
        'delivered',
        isTold ? 'not yet: its receiver does not answer' : `no receiver configured (${toSetAReceiver})`,
      ),
    ];
  }
  const { eventTimeEpochMillis: t0, receivedAtEpochMillis: t1, deliveredAtEpochMillis: t2 } = notification;
  const { receiver, outcome } = notification;
  return [
    line('T0', 'first bad event', timeOfDay(t0)),
    line('T1', 'received', `${timeOfDay(t1)}  ${formatElapsed(t1 - t0)} later`),
    t2 === undefined
      ? line('T2', 'delivered', `never: ${outcome} by ${receiver}`)
      : line('T2', `delivered to ${receiver}`, `${timeOfDay(t2)}  ${formatElapsed(t2 - t1)} later`),
  ];
}

/** What the alert has at hand, each with what was found. */
export function evidenceLines(checked: readonly CheckedEvidence[]): string[] {
  return checked.map(({ what, holds, found }) => `${holds ? '✓' : '✗'} it has ${what}: ${found}`);
}

function line(clock: string, what: string, when: string): string {
  return `    ${clock}  ${what.padEnd(24)}${when}`;
}

/** UTC, `07:20:11.123`. */
function timeOfDay(epochMillis: number): string {
  return new Date(epochMillis).toISOString().slice(11, 23);
}
