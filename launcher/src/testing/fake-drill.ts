import type { Drill } from '../drills/drill.ts';
import type { ActiveAlert, Alerts, NotifiedAlert } from '../drills/runner/alerts.ts';

/** An engine whose alert fires when a test says so. */
export class FakeAlerts implements Alerts {
  alert: ActiveAlert | undefined;
  told: NotifiedAlert | undefined;
  receiver = false;

  active(): Promise<ActiveAlert | undefined> {
    return Promise.resolve(this.alert);
  }

  notification(): Promise<NotifiedAlert | undefined> {
    return Promise.resolve(this.told);
  }

  hasReceiver(): Promise<boolean> {
    return Promise.resolve(this.receiver);
  }
}

export const alertLabels = { alertname: 'HighLatency', service_name: 'users' };

/** A drill that does nothing, but for what the test has it do. */
export function drillOf(changes: Partial<Drill> = {}): Drill {
  return {
    name: 'nothing',
    summary: 'does nothing',
    durationSeconds: 10,
    alert: alertLabels,
    evidence: [],
    needs: [],
    begin: () => Promise.resolve(),
    ...changes,
  };
}

/** Fires since `epochMillis`. */
export function firingAlert(epochMillis: number, annotations: Record<string, string> = {}): ActiveAlert {
  return {
    labels: { ...alertLabels, severity: 'critical' },
    annotations: { summary: 'users is slow', value: '612ms', ...annotations },
    state: 'firing',
    activeAt: new Date(epochMillis).toISOString(),
    value: '6.12e-01',
  };
}
