import type { QueryRule } from '../evaluate/rule';
import { newAlert, type Alert } from './alert';

/** An alert that fires without anything being wrong. */
export function madeUpAlert(rule: QueryRule, nowMillis: number): Alert {
  const evidence = { value: 1, count: 1, eventTimeMillis: nowMillis, traceIds: [], lines: [] };
  const alert = newAlert(
    {
      rule,
      groupKey: '',
      labels: {},
      verdict: 'breach',
      service: {},
      receivedAtMillis: nowMillis,
      watermarkMillis: nowMillis,
      evidence: () => evidence,
    },
    nowMillis,
  );
  return { ...alert, state: 'firing', firedAtMillis: nowMillis };
}

/** What such an alert is of. */
export function madeUpRule(alert: string, summary: string): QueryRule {
  return {
    type: 'query',
    id: alert,
    alert,
    expr: 'vector(1)',
    forMillis: 0,
    keepFiringForMillis: 0,
    labels: { severity: 'none' },
    annotations: { summary },
  };
}
