import type { GroupKey } from '../evaluate/group-labels';
import type { Rule } from '../evaluate/rule';
import { labelsOfGroup } from '../evaluate/rule-labels';
import type { Judgement } from '../evaluate/judgement';
import { alertLabels, withEvidence, type Alert, type AlertState } from './alert';
import { step } from './alert-machine';
import { fingerprint } from './fingerprint';

/** A change of state: what is logged, stored and notified. */
export interface Transition {
  readonly from: AlertState;
  readonly to: AlertState;
  /** The alert after the change; as it was last, when it became inactive. */
  readonly alert: Alert;
  readonly rule: Rule | undefined;
  /** T0: end of the first bad request; for an end, the newest event time. Milliseconds since the epoch. */
  readonly eventTimeMillis: number;
  /** T1: when the engine received the span that led to this, milliseconds since the epoch. */
  readonly receivedAtMillis: number;
}

/** What a step changed. `changed` has the alerts to store, whether or not their state is another. */
export interface Changes {
  readonly transitions: readonly Transition[];
  readonly changed: readonly Alert[];
}

/** All active alerts, in memory: the truth while the program runs. */
export class AlertBook {
  readonly #alerts = new Map<string, Alert>();

  list(): Alert[] {
    return [...this.#alerts.values()];
  }

  /** Takes over alerts from before a restart; one that is there already is newer and stays. */
  restore(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const key = seat(alert.ruleId, alert.groupKey);
      if (!this.#alerts.has(key)) this.#alerts.set(key, alert);
    }
  }

  groupsOf(ruleId: string): GroupKey[] {
    return this.list().flatMap((alert) => (alert.ruleId === ruleId ? [alert.groupKey] : []));
  }

  has(ruleId: string, groupKey: GroupKey): boolean {
    return this.#alerts.has(seat(ruleId, groupKey));
  }

  apply(judgements: readonly Judgement[], nowMillis: number): Changes {
    const transitions: Transition[] = [];
    const changed: Alert[] = [];
    for (const judgement of judgements) {
      const key = seat(judgement.rule.id, judgement.groupKey);
      const before = this.#alerts.get(key);
      const after = step(before, judgement, nowMillis);
      if (after === before) continue;
      if (after === undefined) this.#alerts.delete(key);
      else {
        this.#alerts.set(key, after);
        changed.push(after);
      }
      if (after === undefined) {
        if (before !== undefined) transitions.push(end(before, judgement));
      } else if (after.state !== before?.state) {
        transitions.push(advance(before?.state ?? 'inactive', after, judgement.rule));
      }
    }
    return { transitions, changed };
  }

  /** Brings value and evidence of a firing alert up to date, for those who look at the API. */
  refresh(judgement: Judgement): void {
    const key = seat(judgement.rule.id, judgement.groupKey);
    const alert = this.#alerts.get(key);
    if (alert === undefined || judgement.verdict !== 'breach') return;
    this.#alerts.set(key, withEvidence(alert, judgement));
  }

  /** Ends the alerts that no rule stands behind any more. */
  retain(rules: readonly Rule[], nowMillis: number): Changes {
    const byId = new Map(rules.map((rule) => [rule.id, rule]));
    const transitions: Transition[] = [];
    for (const [key, alert] of this.#alerts) {
      const rule = byId.get(alert.ruleId);
      if (rule !== undefined && belongs(alert, rule)) continue;
      this.#alerts.delete(key);
      const at = { eventTimeMillis: nowMillis, receivedAtMillis: nowMillis };
      transitions.push({ from: alert.state, to: 'inactive', alert, rule: undefined, ...at });
    }
    return { transitions, changed: [] };
  }
}

function seat(ruleId: string, groupKey: GroupKey): string {
  return `${ruleId}\n${groupKey}`;
}

/** A rule that was given other labels or another `by` makes other alerts, under the same id. */
function belongs(alert: Alert, rule: Rule): boolean {
  const labels = labelsOfGroup(rule, alert.groupKey);
  return labels !== undefined && fingerprint(alertLabels(rule, labels)) === alert.fingerprint;
}

function advance(from: AlertState, alert: Alert, rule: Rule): Transition {
  const { eventTimeMillis, receivedAtMillis } = alert;
  return { from, to: alert.state, alert, rule, eventTimeMillis, receivedAtMillis };
}

/** The alert keeps the evidence of its last breach, as in Prometheus. */
function end(alert: Alert, { rule, watermarkMillis, receivedAtMillis }: Judgement): Transition {
  const eventTimeMillis = Number.isFinite(watermarkMillis) ? watermarkMillis : receivedAtMillis;
  return { from: alert.state, to: 'inactive', alert, rule, eventTimeMillis, receivedAtMillis };
}
