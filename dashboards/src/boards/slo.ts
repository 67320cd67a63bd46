import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { board } from '../build/board.ts';
import { column, label, to } from '../build/link.ts';
import { graph, listing } from '../build/panel.ts';
import { rows, series } from '../build/query.ts';
import { choice, labelValues } from '../build/variable.ts';
import { errorRatio, SHORT, WHOLE } from '../promql.ts';

const SERVED = 'span_kind="SPAN_KIND_SERVER"';
const service = to('service', 'This service', { service: label('service') });
const serviceOfRow = to('service', 'This service', { service: column('Service') });

const failed = (window: string): string => errorRatio('service', SERVED, window);
/** Where nothing was asked, nothing was late. */
const late = (window: string): string => {
  const all = `sum by (service) (rate(traces_spanmetrics_latency_count{${SERVED}}[${window}]))`;
  const inTime = `sum by (service) (rate(traces_spanmetrics_latency_bucket{${SERVED}, le="$threshold"}[${window}]))`;
  return `1 - ${inTime} / (${all} > 0) or ${all} * 0`;
};
/** The share that may go wrong. */
const ALLOWED = '(1 - $objective / 100)';
const burned = (bad: string): string => `(${bad}) / ${ALLOWED}`;

/** Google's SRE workbook: at 14.4 a month's budget is gone in two days. */
const FAST =
  'At 1 the budget lasts exactly as long as its period; at 14.4 a month’s budget is gone in two days.';

export function slo(): dashboard.Dashboard {
  return board({
    name: 'slo',
    title: 'SLO',
    description: 'Do the services keep their objectives, and how fast do they use up what may go wrong?',
    variables: [
      choice('objective', ['99', '99.5', '99.9', '99.95']),
      labelValues('threshold', 'traces_spanmetrics_latency_bucket{le!="+Inf"}', 'le', '0.512'),
    ],
    panels: [
      listing({
        title: 'Availability',
        description: 'The share of requests over the time shown that did not fail.',
        unit: units.PercentUnit,
        queries: [rows(`sort(1 - (${failed(WHOLE)}))`)],
        columns: { service: 'Service' },
        value: 'Good',
        onwards: [serviceOfRow],
        width: 6,
      }),
      listing({
        title: 'Error budget left',
        description:
          'Of what may fail over the time shown, the share that has not; below 0 the objective is missed.',
        unit: units.PercentUnit,
        queries: [rows(`sort(1 - ${burned(failed(WHOLE))})`)],
        columns: { service: 'Service' },
        value: 'Left',
        onwards: [serviceOfRow],
        width: 6,
      }),
      listing({
        title: 'In time',
        description:
          'The share of requests over the time shown that were answered within the threshold (in seconds, above).',
        unit: units.PercentUnit,
        queries: [rows(`sort(1 - (${late(WHOLE)}))`)],
        columns: { service: 'Service' },
        value: 'Good',
        onwards: [serviceOfRow],
        width: 6,
      }),
      listing({
        title: 'Latency budget left',
        description:
          'Of what may be late over the time shown, the share that was not; below 0 the objective is missed.',
        unit: units.PercentUnit,
        queries: [rows(`sort(1 - ${burned(late(WHOLE))})`)],
        columns: { service: 'Service' },
        value: 'Left',
        onwards: [serviceOfRow],
        width: 6,
      }),
      graph({
        title: 'Burn rate of errors, short window',
        description: `How many times faster than allowed requests fail. ${FAST}`,
        unit: units.Short,
        queries: [series(burned(failed(SHORT)), '{{service}}')],
        onwards: [service],
        width: 12,
      }),
      graph({
        title: 'Burn rate of errors, one hour',
        description: 'The same over an hour. An alarm on both windows is neither late nor nervous.',
        unit: units.Short,
        queries: [series(burned(failed('1h')), '{{service}}')],
        onwards: [service],
        width: 12,
      }),
      graph({
        title: 'Burn rate of latency, short window',
        description: `How many times faster than allowed requests are late. ${FAST}`,
        unit: units.Short,
        queries: [series(burned(late(SHORT)), '{{service}}')],
        onwards: [service],
        width: 12,
      }),
      graph({
        title: 'Burn rate of latency, one hour',
        description: 'The same over an hour.',
        unit: units.Short,
        queries: [series(burned(late('1h')), '{{service}}')],
        onwards: [service],
        width: 12,
      }),
    ],
  });
}
