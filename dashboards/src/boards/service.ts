import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { whatHappened } from '../build/annotation.ts';
import { board } from '../build/board.ts';
import { label, to, toLogs, toTraces } from '../build/link.ts';
import { figure, graph, listing, logLines, traceList } from '../build/panel.ts';
import { instant, lineCounts, lines, rows, series, seriesWithExemplars, traces } from '../build/query.ts';
import { labelValues } from '../build/variable.ts';
import {
  ENTRY,
  errorRate,
  errorRatio,
  labelOr,
  latency,
  requestRate,
  SHORT,
  WHOLE,
  zero,
} from '../promql.ts';

const OF_SERVICE = `service="$service", ${ENTRY}`;
const RESOURCE = 'service_name="$service"';
const TRACES = '{ resource.service.name = "$service" }';
const LINES = '{service_name="$service"}';

const itsTraces = toTraces('Its traces', TRACES);
const itsLines = toLogs('Its log lines', LINES);
const wholeMap = to('overview', 'The whole map');
const operation = toTraces(
  'Traces of this operation',
  `{ resource.service.name = "$service" && name = "${label('span_name')}" }`,
);

/** Calls a second along the edges of the service graph; 0 where there is none. */
function edges(side: 'client' | 'server', other: 'client' | 'server'): string {
  const calls = `rate(traces_service_graph_request_total{${side}="$service"}[${SHORT}])`;
  return `sum by (${other}) (${calls}) or on () ${zero(other, 'nobody')}`;
}

export function service(): dashboard.Dashboard {
  const about = ['service_owner', 'service_criticality', 'service_runbook_url'].reduce(
    (expr, name) => labelOr(expr, name, 'not in the catalogue'),
    `target_info{${RESOURCE}}`,
  );
  return board({
    name: 'service',
    title: 'Service',
    description:
      'One service in depth: what it is asked, what it asks others, what it logs, and who owns it.',
    variables: [labelValues('service', 'traces_spanmetrics_calls_total', 'service', 'gateway')],
    annotations: whatHappened,
    panels: [
      figure({
        title: 'Requests',
        description: 'Requests and messages in a second, now.',
        unit: units.RequestsPerSecond,
        queries: [instant(`sum(${requestRate('service', OF_SERVICE)})`, 'requests')],
        onwards: [itsTraces],
        width: 4,
      }),
      figure({
        title: 'Failed',
        description: 'The share of its requests over the time shown that ended in an error.',
        unit: units.PercentUnit,
        queries: [instant(errorRatio('service', OF_SERVICE, WHOLE), '{{service}}')],
        onwards: [toTraces('Those that failed', '{ resource.service.name = "$service" && status = error }')],
        width: 4,
      }),
      figure({
        title: 'Latency, p95',
        description: 'All but one of twenty of its requests over the time shown were answered within this.',
        unit: units.Seconds,
        queries: [instant(latency(0.95, '', OF_SERVICE, WHOLE), 'p95')],
        onwards: [to('slo', 'Against the objectives')],
        width: 4,
      }),
      listing({
        title: 'What it is',
        description:
          'Who owns it and what to do, from the catalogue of the enrichment processor; version and place from the service itself.',
        unit: units.Short,
        queries: [
          rows(
            `count by (service_owner, service_criticality, service_version, host_name, service_runbook_url) (${about})`,
          ),
        ],
        columns: {
          service_owner: 'Owner',
          service_criticality: 'Criticality',
          service_version: 'Version',
          host_name: 'Host',
          service_runbook_url: 'Runbook',
        },
        value: 'Instances',
        onwards: [to('host', 'Where it runs')],
        width: 12,
        height: 4,
      }),
      graph({
        title: 'Requests by operation',
        description: 'What it is asked, by route, call or queue, in a second.',
        unit: units.RequestsPerSecond,
        queries: [series(requestRate('span_name', OF_SERVICE), '{{span_name}}')],
        onwards: [operation],
        width: 8,
      }),
      graph({
        title: 'Failed requests by operation',
        description: 'Requests in a second that ended in an error; 0 is good.',
        unit: units.RequestsPerSecond,
        queries: [series(errorRate('span_name', OF_SERVICE), '{{span_name}}')],
        onwards: [operation],
        width: 8,
      }),
      graph({
        title: 'Latency',
        description:
          'Within which half, 95 % and 99 % of its requests were answered. A dot is one request: click it for its trace.',
        unit: units.Seconds,
        queries: [
          series(latency(0.5, '', OF_SERVICE), 'p50'),
          seriesWithExemplars(latency(0.95, '', OF_SERVICE), 'p95'),
          series(latency(0.99, '', OF_SERVICE), 'p99'),
        ],
        onwards: [
          toTraces('Slow ones', '{ resource.service.name = "$service" && duration > 100ms }'),
          itsTraces,
        ],
        width: 8,
      }),
      graph({
        title: 'Who calls it',
        description: 'Calls in a second by the service that makes them; `user` is whoever sends no spans.',
        unit: units.RequestsPerSecond,
        queries: [series(edges('server', 'client'), '{{client}}')],
        onwards: [wholeMap],
        width: 8,
      }),
      graph({
        title: 'Whom it calls',
        description:
          'Calls in a second by the service that takes them, over the network or through a broker.',
        unit: units.RequestsPerSecond,
        queries: [series(edges('client', 'server'), '{{server}}')],
        onwards: [wholeMap],
        width: 8,
      }),
      graph({
        title: 'Log lines by level',
        description: 'Lines that it logged, by level.',
        unit: units.Short,
        queries: [
          lineCounts(`sum by (detected_level) (count_over_time(${LINES} [$__auto]))`, '{{detected_level}}'),
        ],
        onwards: [to('logs', 'Its log lines', { service: '${service}' }), itsLines],
        width: 8,
        bars: true,
      }),
      graph({
        title: 'Heap',
        description:
          'What its instances hold of V8’s heap. What grows and never falls is a leak: the rule MemoryGrowth watches it.',
        unit: units.BytesIEC,
        queries: [
          series(
            `sum by (service_instance_id) (v8js_memory_heap_used_bytes{${RESOURCE}})`,
            '{{service_instance_id}}',
          ),
        ],
        onwards: [to('host', 'The host’s memory')],
        width: 8,
      }),
      graph({
        title: 'Event loop delay, p99',
        description:
          'How long its event loop was late. More than some tens of milliseconds slows every request.',
        unit: units.Seconds,
        queries: [
          series(
            `max by (service_instance_id) (nodejs_eventloop_delay_p99_seconds{${RESOURCE}})`,
            '{{service_instance_id}}',
          ),
        ],
        onwards: [to('host', 'The host’s processors')],
        width: 8,
      }),
      graph({
        title: 'Event loop in use',
        description:
          'The share of the time in which its event loop had something to do; at 1 it is the limit.',
        unit: units.PercentUnit,
        queries: [
          series(
            `max by (service_instance_id) (nodejs_eventloop_utilization_ratio{${RESOURCE}})`,
            '{{service_instance_id}}',
          ),
        ],
        onwards: [to('host', 'The host’s processors')],
        width: 8,
        max: 1,
      }),
      traceList({
        title: 'Traces',
        description: 'The newest traces that it is part of; click one.',
        unit: units.Milliseconds,
        queries: [traces(TRACES)],
        onwards: [itsTraces],
        width: 12,
        height: 12,
      }),
      logLines({
        title: 'Log lines',
        description: 'Its newest lines. Each has a link to its trace.',
        unit: units.Short,
        queries: [lines(LINES)],
        onwards: [itsLines],
        width: 12,
        height: 12,
      }),
    ],
  });
}
