import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { board } from '../build/board.ts';
import { label, to, toLogs, toTraces } from '../build/link.ts';
import { bars, figure, graph, heat } from '../build/panel.ts';
import { buckets, instant, lineCounts, series } from '../build/query.ts';
import { latency, orZero, quantileOf, requestRate, SHORT, WHOLE } from '../promql.ts';

const OPERATIONS = ['create', 'read', 'update', 'delete'];
const DURATION = 'log_simulator_request_duration_seconds_bucket';
const API = 'service="gateway", span_kind="SPAN_KIND_SERVER", http_request_method!=""';

const linesOf = toLogs(
  'Lines of this operation',
  `{service_name="simulated-shop"} | crud_operation="${label('crud_operation')}"`,
);
const zeros = (expr: string): string => orZero(expr, 'crud_operation', OPERATIONS);
const byOperation = (metric: string, of: string, window: string): string =>
  zeros(`sum by (crud_operation) (${of}(${metric}[${window}]))`);

export function crud(): dashboard.Dashboard {
  return board({
    name: 'crud',
    title: 'CRUD operations',
    description: 'What is created, read, updated and deleted, how often, and how long does it take?',
    panels: [
      figure({
        title: 'Operations',
        description:
          'Operations of the log simulator over the time shown; 0 while no simulation runs (page on port 8070).',
        unit: units.Short,
        queries: [instant(byOperation('log_simulator_lines_total', 'increase', WHOLE), '{{crud_operation}}')],
        onwards: [linesOf],
        width: 24,
      }),
      graph({
        title: 'Operations over time',
        description: 'Operations in a second, counted where they are made.',
        unit: units.OpsPerSecond,
        queries: [series(byOperation('log_simulator_lines_total', 'rate', SHORT), '{{crud_operation}}')],
        onwards: [linesOf],
        width: 8,
      }),
      graph({
        title: 'Operations, as logged',
        description:
          'The same, counted from the access log lines in Loki by the attribute that the enrichment processor adds. The two should agree.',
        unit: units.OpsPerSecond,
        queries: [
          lineCounts(
            zeros(
              'sum by (crud_operation) (rate({service_name="simulated-shop"} | crud_operation!="" [$__auto]))',
            ),
            '{{crud_operation}}',
          ),
        ],
        onwards: [linesOf],
        width: 8,
      }),
      graph({
        title: 'Duration, p95',
        description: 'All but one of twenty operations took no longer than this; 0 while no simulation runs.',
        unit: units.Seconds,
        queries: [
          series(zeros(`${quantileOf(0.95, 'crud_operation', DURATION)} >= 0`), '{{crud_operation}}'),
        ],
        onwards: [linesOf],
        width: 8,
      }),
      heat({
        title: 'Durations over time',
        description: 'How many operations took how long: the brighter, the more.',
        unit: units.Seconds,
        queries: [buckets(orZero(`sum by (le) (increase(${DURATION}[${SHORT}]))`, 'le', ['+Inf']))],
        onwards: [toLogs('Their lines', '{service_name="simulated-shop"}')],
        width: 12,
      }),
      bars({
        title: 'Histogram of durations',
        description:
          'How many operations of the time shown took no longer than each bound; the bounds are seconds.',
        unit: units.Short,
        queries: [instant(orZero(`sum by (le) (increase(${DURATION}[${WHOLE}]))`, 'le', ['+Inf']), '{{le}}')],
        onwards: [toLogs('Their lines', '{service_name="simulated-shop"}')],
        width: 12,
      }),
      graph({
        title: 'Requests to the sample API, by method',
        description:
          'The same question of the real services: POST creates, GET reads, PUT updates, DELETE deletes.',
        unit: units.RequestsPerSecond,
        queries: [series(requestRate('http_request_method', API), '{{http_request_method}}')],
        onwards: [
          toTraces(
            'Traces with this method',
            `{ resource.service.name = "gateway" && span.http.request.method = "${label('http_request_method')}" }`,
          ),
          to('service', 'The gateway', { service: 'gateway' }),
        ],
        width: 12,
      }),
      graph({
        title: 'Latency of the sample API by method, p95',
        description: 'All but one of twenty requests of this method were answered within this.',
        unit: units.Seconds,
        queries: [series(latency(0.95, 'http_request_method', API), '{{http_request_method}}')],
        onwards: [to('service', 'The gateway', { service: 'gateway' })],
        width: 12,
      }),
    ],
  });
}
