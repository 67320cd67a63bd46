/** PromQL that more than one dashboard uses. */

/** Requests that a service was asked: what it serves, and what it takes from a broker. */
export const ENTRY = 'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"';
const FAILED = 'status_code="STATUS_CODE_ERROR"';

/** A rate over what Grafana finds wide enough for the graph, which is at least four scrapes. */
export const SHORT = '$__rate_interval';
export const WHOLE = '$__range';

const and = (...matchers: readonly (string | undefined)[]): string =>
  matchers.filter((matcher) => matcher !== undefined && matcher !== '').join(', ');

/** Requests a second. */
export function requestRate(by: string, matchers = ENTRY, window = SHORT): string {
  return `sum by (${by}) (rate(traces_spanmetrics_calls_total{${matchers}}[${window}]))`;
}

/** Failed requests a second; 0 where none has failed yet. */
export function errorRate(by: string, matchers = ENTRY, window = SHORT): string {
  const all = requestRate(by, matchers, window);
  return `${requestRate(by, and(matchers, FAILED), window)} or ${all} * 0`;
}

/** The share of requests that failed, 0 to 1. */
export function errorRatio(by: string, matchers = ENTRY, window = SHORT): string {
  const all = requestRate(by, matchers, window);
  return `${requestRate(by, and(matchers, FAILED), window)} / ${all} or ${all} * 0`;
}

/** Seconds within which this share of the requests was answered. */
export function latency(quantile: number, by: string, matchers = ENTRY, window = SHORT): string {
  return quantileOf(quantile, by, `traces_spanmetrics_latency_bucket{${matchers}}`, window);
}

export function quantileOf(quantile: number, by: string, bucket: string, window = SHORT): string {
  const labels = by === '' ? 'le' : `${by}, le`;
  return `histogram_quantile(${quantile}, sum by (${labels}) (rate(${bucket}[${window}])))`;
}

/** What is said instead where the label is missing. */
export function labelOr(expr: string, label: string, text: string): string {
  return `label_replace(${expr}, "${label}", "${text}", "${label}", "")`;
}

/** A 0 for each of these values, where there is nothing to count yet. */
export function orZero(expr: string, label: string, values: readonly string[]): string {
  return [expr, ...values.map((value) => zero(label, value))].join(' or ');
}

export function zero(label: string, value: string): string {
  return `label_replace(vector(0), "${label}", "${value}", "", "")`;
}

const FIRED = 'alert_engine_alert_transitions_total{to="firing"}';

/**
 * Alerts that fired within the last minute, by name. A counter appears with its first event, which increase() and
 * rate() do not see; here the first counts as well.
 */
export const firedAlerts = `sum by (alertname) (${FIRED} - ${FIRED} offset 1m > 0 or (${FIRED} unless ${FIRED} offset 1m))`;

/** The same, and 0 for every rule that is in use. */
export const firedByRule =
  `sum by (alertname) (${firedAlerts} or ` +
  'label_replace(alert_engine_groups * 0, "alertname", "$1", "rule", "(.+)"))';

const versions = (offset = ''): string =>
  `count by (service_name, service_version) (target_info{service_version!="", service_name!=""}${offset})`;

/** Versions of services that were not there a minute ago. */
export const newVersions = `${versions()} unless ${versions(' offset 1m')}`;
