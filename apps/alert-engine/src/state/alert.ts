import { annotations } from '../evaluate/annotations';
import type { GroupKey, Labels } from '../evaluate/group-labels';
import type { Rule } from '../evaluate/rule';
import type { Judgement } from '../evaluate/judgement';
import type { ServiceContext } from '../evaluate/service-context';
import type { Evidence } from '../evaluate/window';
import { fingerprint } from './fingerprint';

/** As Prometheus names them; an alert that is inactive is not kept. */
export type ActiveState = 'pending' | 'firing';
export type AlertState = ActiveState | 'inactive';

/** An active alert. A plain value: a change makes a new one. Times are milliseconds since the epoch. */
export interface Alert {
  /** Alertmanager's fingerprint of `labels`. */
  readonly fingerprint: string;
  readonly ruleId: string;
  readonly groupKey: GroupKey;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: ActiveState;
  /** Milliseconds for latency, or a ratio. */
  readonly value: number;
  readonly service: ServiceContext;
  readonly traceIds: readonly string[];
  readonly activeAtMillis: number;
  readonly firedAtMillis?: number;
  readonly keepFiringSinceMillis?: number | undefined;
  /** T0: end of the first bad request of the window that crossed the line. */
  readonly eventTimeMillis: number;
  /** T1: when the engine received the span that crossed the line. */
  readonly receivedAtMillis: number;
}

/** The labels that identify the alert: the group's, the rule's own, and its name. */
export function alertLabels(rule: Rule, groupLabels: Labels): Labels {
  return { ...groupLabels, ...rule.labels, alertname: rule.alert };
}

/** A new alert, pending, from the judgement that woke it. */
export function newAlert(judgement: Judgement, nowMillis: number): Alert {
  const evidence = judgement.evidence();
  const labels = alertLabels(judgement.rule, judgement.labels);
  return {
    fingerprint: fingerprint(labels),
    ruleId: judgement.rule.id,
    groupKey: judgement.groupKey,
    labels,
    state: 'pending',
    activeAtMillis: nowMillis,
    eventTimeMillis: evidence.eventTimeMillis,
    receivedAtMillis: judgement.receivedAtMillis,
    ...evidenceFields(judgement, labels, evidence),
  };
}

/** The same alert with what the window says now. */
export function withEvidence(alert: Alert, judgement: Judgement): Alert {
  return { ...alert, ...evidenceFields(judgement, alert.labels, judgement.evidence()) };
}

function evidenceFields(
  judgement: Judgement,
  labels: Labels,
  evidence: Evidence,
): Pick<Alert, 'value' | 'traceIds' | 'service' | 'annotations'> {
  const { value, traceIds } = evidence;
  const { rule, service } = judgement;
  return { value, traceIds, service, annotations: annotations(rule, labels, service, evidence) };
}
