import type { Engine } from '../engine';
import { baseUnitValue, ruleQuery, type Rule, type RuleGroup } from '../evaluate/rule';
import type { Alert } from '../state/alert';

/** The answers of Prometheus's HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/#rules */
export interface Success<T> {
  readonly status: 'success';
  readonly data: T;
}

export function success<T>(data: T): Success<T> {
  return { status: 'success', data };
}

export interface ApiAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
  readonly keepFiringSince?: string;
  /** In seconds, a ratio, or a number; in Go's `%e`. */
  readonly value: string;
}

export interface ApiRule {
  readonly state: 'inactive' | 'pending' | 'firing';
  readonly name: string;
  readonly query: string;
  /** `for`, in seconds. */
  readonly duration: number;
  readonly keepFiringFor: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly alerts: readonly ApiAlert[];
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
  readonly type: 'alerting';
}

export interface ApiRuleGroup {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly ApiRule[];
  readonly interval: number;
  readonly limit: number;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

/** The zero time of Go, Prometheus's "never". */
const NEVER = '0001-01-01T00:00:00Z';

type Source = Pick<Engine, 'alerts' | 'ruleGroups' | 'lastEvaluation' | 'queryHealth'>;

export function apiAlerts({ alerts, ruleGroups }: Source): ApiAlert[] {
  const rules = new Map(ruleGroups.flatMap((group) => group.rules.map((rule) => [rule.id, rule] as const)));
  return alerts.flatMap((alert) => {
    const rule = rules.get(alert.ruleId);
    return rule === undefined ? [] : [apiAlert(alert, rule)];
  });
}

export function apiRuleGroups(engine: Source, intervalMillis: number): ApiRuleGroup[] {
  const streamed = evaluation(engine.lastEvaluation);
  return engine.ruleGroups.map(({ name, file, rules }: RuleGroup) => ({
    name,
    file,
    rules: rules.map((rule) => {
      const alerts = engine.alerts.filter((alert) => alert.ruleId === rule.id);
      const { health, ...evaluated } =
        rule.type === 'query' ? evaluation(engine.queryHealth(rule.id)) : streamed;
      return { ...apiRule(rule, alerts), health, ...evaluated, type: 'alerting' };
    }),
    interval: intervalMillis / 1000,
    limit: 0,
    evaluationTime: streamed.evaluationTime,
    lastEvaluation: streamed.lastEvaluation,
  }));
}

interface Evaluation {
  readonly atMillis: number;
  readonly seconds: number;
  readonly health?: 'ok' | 'err';
  readonly lastError?: string;
}

function evaluation(
  last: Evaluation | undefined,
): Pick<ApiRule, 'health' | 'lastError' | 'evaluationTime' | 'lastEvaluation'> {
  if (last === undefined) return { health: 'unknown', evaluationTime: 0, lastEvaluation: NEVER };
  return {
    health: last.health ?? 'ok',
    ...(last.lastError === undefined ? {} : { lastError: last.lastError }),
    evaluationTime: last.seconds,
    lastEvaluation: time(last.atMillis),
  };
}

function apiRule(
  rule: Rule,
  alerts: readonly Alert[],
): Omit<ApiRule, 'health' | 'lastError' | 'evaluationTime' | 'lastEvaluation' | 'type'> {
  const states = alerts.map(({ state }) => state);
  return {
    state: states.includes('firing') ? 'firing' : states.includes('pending') ? 'pending' : 'inactive',
    name: rule.alert,
    query: ruleQuery(rule),
    duration: rule.forMillis / 1000,
    keepFiringFor: rule.keepFiringForMillis / 1000,
    labels: rule.labels,
    annotations: rule.annotations,
    alerts: alerts.map((alert) => apiAlert(alert, rule)),
  };
}

function apiAlert(alert: Alert, rule: Rule): ApiAlert {
  const { labels, annotations, state, activeAtMillis, keepFiringSinceMillis, value } = alert;
  return {
    labels,
    annotations,
    state,
    activeAt: time(activeAtMillis),
    ...(keepFiringSinceMillis === undefined ? {} : { keepFiringSince: time(keepFiringSinceMillis) }),
    value: formatFloat(baseUnitValue(rule, value)),
  };
}

function time(millis: number): string {
  return new Date(millis).toISOString();
}

/** As Go's strconv.FormatFloat(value, 'e', -1, 64): an exponent of at least two digits. */
export function formatFloat(value: number): string {
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
