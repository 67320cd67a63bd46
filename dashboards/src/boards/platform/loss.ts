import * as units from '@grafana/grafana-foundation-sdk/units';

import { to } from '../../build/link.ts';
import { graph, type Panel } from '../../build/panel.ts';
import { series, type Query } from '../../build/query.ts';
import { SHORT } from '../../promql.ts';
import { signals } from './flow.ts';

const onHost = to('host', 'Is a disk full?');
const senders = to('overview', 'Who sends');

/** These counters are not there before something goes wrong; each queue is, and stands for its 0. */
const fromExporters = (what: string): Query[] =>
  signals.map(({ signal, records }) =>
    series(
      `sum by (exporter) (rate(otelcol_exporter_${what}_${records}[${SHORT}])) or ` +
        `sum by (exporter) (otelcol_exporter_queue_size{data_type="${signal}"}) * 0`,
      `${signal} {{exporter}}`,
    ),
  );
const sumOrZero = (metric: string): string => `sum(rate(${metric}[${SHORT}])) or vector(0)`;

export const loss: readonly Panel[] = [
  graph({
    title: 'Pushed back at the door',
    description:
      'Records in a second that the Collector refused: the queue behind is full, or memory is short. Senders try again; nothing acknowledged is lost.',
    unit: units.CountsPerSecond,
    queries: signals.map(({ signal, records }) =>
      series(
        `sum by (receiver) (rate(otelcol_receiver_refused_${records}[${SHORT}]))`,
        `${signal} {{receiver}}`,
      ),
    ),
    onwards: [onHost],
    width: 8,
  }),
  graph({
    title: 'Refused by a full queue',
    description: 'Attempts in a second to put records into a queue that had no room.',
    unit: units.CountsPerSecond,
    queries: fromExporters('enqueue_failed'),
    onwards: [onHost],
    width: 8,
  }),
  graph({
    title: 'Lost: given up by an exporter',
    description:
      'Records in a second that a next hop refused for good, or that the alert engine was too late for. Of the other exporters it should be 0 for ever.',
    unit: units.CountsPerSecond,
    queries: fromExporters('send_failed'),
    onwards: [senders],
    width: 8,
  }),
  graph({
    title: 'Refused by the enrichment processor',
    description:
      'Requests in a second that it answered with a status that is final, and connections that failed.',
    unit: units.CountsPerSecond,
    queries: [
      series(sumOrZero('trace_enrichment_refused_total'), 'refused'),
      series(sumOrZero('trace_enrichment_connection_errors_total'), 'connection errors'),
    ],
    onwards: [senders],
    width: 8,
  }),
  graph({
    title: 'Lost: discarded by Tempo',
    description:
      'Spans in a second that Tempo threw away, and those that came too late for RED metrics (they are in their traces all the same).',
    unit: units.CountsPerSecond,
    queries: [
      series(`sum by (reason) (rate(tempo_discarded_spans_total[${SHORT}]))`, 'lost: {{reason}}'),
      series(
        `sum by (reason) (rate(tempo_metrics_generator_spans_discarded_total[${SHORT}]))`,
        'not in metrics: {{reason}}',
      ),
    ],
    onwards: [senders],
    width: 8,
  }),
  graph({
    title: 'Lost: too old for Prometheus',
    description:
      'Samples in a second outside the windows that Prometheus keeps open (24 h), and OTLP exemplars out of order.',
    unit: units.CountsPerSecond,
    queries: [
      series(`sum(rate(prometheus_tsdb_too_old_samples_total[${SHORT}]))`, 'too old'),
      series(`sum(rate(prometheus_tsdb_out_of_bound_samples_total[${SHORT}]))`, 'out of bounds'),
    ],
    onwards: [senders],
    width: 8,
  }),
];
