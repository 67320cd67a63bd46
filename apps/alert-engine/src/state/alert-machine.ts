import type { Judgement } from '../evaluate/judgement';
import { newAlert, withEvidence, type Alert } from './alert';

/**
 * One step of an alert's life, as in Prometheus (`AlertingRule.Eval`): inactive → pending → firing → (kept
 * firing) → inactive. Time is the clock on the wall. Unlike there, `unknown` (too few requests, silence, not a
 * whole window yet) leaves everything as it is, in either direction.
 * @returns the alert afterwards, the same object when nothing changed; undefined for inactive.
 */
export function step(alert: Alert | undefined, judgement: Judgement, nowMillis: number): Alert | undefined {
  switch (judgement.verdict) {
    case 'unknown':
      return alert;
    case 'breach':
      return hold(alert ?? newAlert(judgement, nowMillis), judgement, nowMillis);
    case 'good':
      return alert?.state === 'firing'
        ? release(alert, judgement.rule.keepFiringForMillis, nowMillis)
        : undefined;
  }
}

function hold(alert: Alert, judgement: Judgement, nowMillis: number): Alert {
  const held =
    alert.keepFiringSinceMillis === undefined ? alert : { ...alert, keepFiringSinceMillis: undefined };
  if (held.state === 'firing' || nowMillis - held.activeAtMillis < judgement.rule.forMillis) return held;
  return { ...withEvidence(held, judgement), state: 'firing', firedAtMillis: nowMillis };
}

function release(alert: Alert, keepFiringForMillis: number, nowMillis: number): Alert | undefined {
  const sinceMillis = alert.keepFiringSinceMillis ?? nowMillis;
  if (nowMillis - sinceMillis >= keepFiringForMillis) return undefined;
  return alert.keepFiringSinceMillis === undefined ? { ...alert, keepFiringSinceMillis: nowMillis } : alert;
}
