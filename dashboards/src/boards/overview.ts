import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { whatHappened } from '../build/annotation.ts';
import { board } from '../build/board.ts';
import { column, label, to } from '../build/link.ts';
import { figure, graph, listing, map } from '../build/panel.ts';
import { instant, rows, series, seriesWithExemplars, serviceMap } from '../build/query.ts';
import { ENTRY, errorRatio, firedByRule, latency, requestRate, WHOLE } from '../promql.ts';

const service = to('service', 'This service', { service: label('service') });

export function overview(): dashboard.Dashboard {
  return board({
    name: 'overview',
    title: 'Overview',
    description: 'Is anything wrong, in which service, and what changed before it?',
    annotations: whatHappened,
    panels: [
      figure({
        title: 'Alerts that fire',
        description:
          'Alerts that are firing now, of every rule. The console of the alert engine has their evidence.',
        unit: units.Short,
        queries: [instant('sum(alert_engine_alerts{state="firing"}) or vector(0)', 'firing')],
        onwards: [to('platform', 'What the alert engine does')],
        width: 5,
      }),
      figure({
        title: 'Services',
        description: 'Services that were asked something within the time shown.',
        unit: units.Short,
        queries: [instant(`count(${requestRate('service', ENTRY, WHOLE)} > 0) or vector(0)`, 'services')],
        onwards: [to('host', 'Where they run')],
        width: 4,
      }),
      figure({
        title: 'Requests',
        description: 'Requests and messages that all services take in a second, now.',
        unit: units.RequestsPerSecond,
        queries: [instant(`sum(${requestRate('service')})`, 'requests')],
        onwards: [to('slo', 'Against the objectives')],
        width: 5,
      }),
      figure({
        title: 'Failed',
        description: 'The share of all requests that ended in an error, now.',
        unit: units.PercentUnit,
        queries: [instant(errorRatio(''), 'failed')],
        onwards: [to('slo', 'Against the objectives')],
        width: 5,
      }),
      figure({
        title: 'Latency, p95',
        description: 'All but one of twenty requests were answered within this, over all services.',
        unit: units.Seconds,
        queries: [instant(latency(0.95, ''), 'p95')],
        onwards: [to('slo', 'Against the objectives')],
        width: 5,
      }),
      graph({
        title: 'Requests by service',
        description: 'Requests and messages a second. A fall to nothing is as bad as a peak.',
        unit: units.RequestsPerSecond,
        queries: [series(requestRate('service'), '{{service}}')],
        onwards: [service],
        width: 8,
      }),
      graph({
        title: 'Failed, by service',
        description:
          'The share of its requests that ended in an error. The rule HighErrorRatio fires above 5 %.',
        unit: units.PercentUnit,
        queries: [series(errorRatio('service'), '{{service}}')],
        onwards: [service],
        width: 8,
        max: 1,
      }),
      graph({
        title: 'Latency by service, p95',
        description: 'A dot is one request: click it for its trace. The rule HighLatency fires above 500 ms.',
        unit: units.Seconds,
        queries: [seriesWithExemplars(latency(0.95, 'service'), '{{service}}')],
        onwards: [service],
        width: 8,
      }),
      graph({
        title: 'Alerts that fired',
        description: 'How often each rule fired, minute by minute; 0 is a rule that watches and is content.',
        unit: units.Short,
        queries: [series(firedByRule, '{{alertname}}')],
        onwards: [to('platform', 'What the alert engine does')],
        width: 8,
        bars: true,
      }),
      listing({
        title: 'What changed',
        description:
          'Each running instance of a service, by when it was first seen within the time shown: a restart or a new version is a new row.',
        unit: units.DateTimeFromNow,
        queries: [
          rows(
            '1000 * min by (service_name, service_version, service_instance_id) ' +
              '(min_over_time(timestamp(target_info{service_name!=""})[$__range:1m]))',
          ),
        ],
        columns: { service_name: 'Service', service_version: 'Version', service_instance_id: 'Instance' },
        value: 'Since',
        onwards: [to('service', 'This service', { service: column('Service') })],
        width: 8,
      }),
      listing({
        title: 'Slowest operations',
        description: 'The ten slowest operations by p95 over the time shown.',
        unit: units.Seconds,
        queries: [rows(`topk(10, ${latency(0.95, 'service, span_name', ENTRY, WHOLE)} > 0)`)],
        columns: { service: 'Service', span_name: 'Operation' },
        value: 'p95',
        onwards: [to('service', 'This service', { service: column('Service') })],
        width: 8,
      }),
      map({
        title: 'Who calls whom',
        description:
          'Services and the calls between them, from the spans of both sides. A ring is red by the share that failed.',
        unit: units.Short,
        queries: [serviceMap()],
        onwards: [to('messaging', 'Calls through the broker')],
        width: 24,
        height: 14,
      }),
    ],
  });
}
