import * as units from '@grafana/grafana-foundation-sdk/units';

import { to } from '../../build/link.ts';
import { graph, type Panel } from '../../build/panel.ts';
import { series } from '../../build/query.ts';
import { quantileOf, SHORT } from '../../promql.ts';

const inOverview = to('overview', 'Which alerts');
const objectives = to('slo', 'The objectives');

/** Every rule watches something, and stands for its 0. */
const byRule = (expr: string): string => `${expr} or sum by (rule) (alert_engine_groups) * 0`;

export const alerting: readonly Panel[] = [
  graph({
    title: 'Alert clocks, p95',
    description:
      'From a batch of spans to its verdicts; from the question to Prometheus to its answer; and from the span that crossed the line to the receiver’s 2xx, 0 while nobody had to be told.',
    unit: units.Seconds,
    queries: [
      series(
        `${quantileOf(0.95, '', 'alert_engine_evaluation_seconds_bucket')} >= 0 or vector(0)`,
        'verdict',
      ),
      series(`${quantileOf(0.95, '', 'alert_engine_query_seconds_bucket')} >= 0 or vector(0)`, 'query'),
      series(
        `${quantileOf(0.95, '', 'alert_engine_notification_latency_seconds_bucket')} >= 0 or vector(0)`,
        'told',
      ),
    ],
    onwards: [inOverview],
    width: 8,
  }),
  graph({
    title: 'What the alert engine judges',
    description: 'Spans, log records and metrics in a second that its rules have seen.',
    unit: units.CountsPerSecond,
    queries: [series(`sum by (signal) (rate(alert_engine_received_items_total[${SHORT}]))`, '{{signal}}')],
    onwards: [objectives],
    width: 8,
  }),
  graph({
    title: 'Not judged',
    description:
      'Spans and lines in a second that a rule left out: late, seen before, or over a limit; by rule.',
    unit: units.CountsPerSecond,
    queries: [
      series(byRule(`sum by (rule) (rate(alert_engine_spans_not_evaluated_total[${SHORT}]))`), '{{rule}}'),
    ],
    onwards: [inOverview],
    width: 8,
  }),
  graph({
    title: 'Groups watched',
    description: 'Services, or whatever a rule groups by, that each rule watches.',
    unit: units.Short,
    queries: [series('sum by (rule) (alert_engine_groups)', '{{rule}}')],
    onwards: [inOverview],
    width: 8,
  }),
  graph({
    title: 'Notifications that failed',
    description: 'Notifications in a second that were given up, and those that found the queue full.',
    unit: units.CountsPerSecond,
    queries: [
      series(
        `sum(rate(alert_engine_notifications_total{outcome!="delivered"}[${SHORT}])) or vector(0)`,
        'given up or rejected',
      ),
      series(`sum(rate(alert_engine_notifications_queue_full_total[${SHORT}])) or vector(0)`, 'queue full'),
      series(`sum(rate(alert_engine_notification_retries_total[${SHORT}])) or vector(0)`, 'tried again'),
    ],
    onwards: [inOverview],
    width: 8,
  }),
  graph({
    title: 'State and rules',
    description:
      '1 while what is stored, in the file or the database, lacks something that is in memory; writes of it that failed; 1 while a reload of the rules was refused.',
    unit: units.Short,
    queries: [
      series('max(alert_engine_state_behind)', 'state is behind'),
      series(`sum(rate(alert_engine_state_write_errors_total[${SHORT}]))`, 'write errors'),
      series('1 - min(alert_engine_rules_last_reload_successful)', 'old rules in use'),
    ],
    onwards: [inOverview],
    width: 8,
  }),
];
