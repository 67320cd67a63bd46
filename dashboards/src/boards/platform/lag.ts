import * as units from '@grafana/grafana-foundation-sdk/units';

import { to } from '../../build/link.ts';
import { graph, type Panel } from '../../build/panel.ts';
import { series } from '../../build/query.ts';
import { quantileOf, SHORT } from '../../promql.ts';

const onHost = to('host', 'The host');

const QUEUES = 'sum by (exporter, data_type) (otelcol_exporter_queue_size)';
/** Bytes a second of what the fan-out was given, under the Collector's name of the signal. */
const BYTES = `label_replace(sum by (signal) (rate(trace_enrichment_forwarded_bytes_total[${SHORT}])), "data_type", "$1", "signal", "(.+)")`;

const step = (metric: string, legend: string): ReturnType<typeof series> =>
  series(quantileOf(0.95, 'signal', `trace_enrichment_${metric}_duration_seconds_bucket`), legend);

export const lag: readonly Panel[] = [
  graph({
    title: 'Queues, how full',
    description: 'The share of each queue’s limit. At 1 it pushes back, or (of alerts) drops.',
    unit: units.PercentUnit,
    queries: [
      series(
        `${QUEUES} / sum by (exporter, data_type) (otelcol_exporter_queue_capacity)`,
        '{{data_type}} {{exporter}}',
      ),
    ],
    onwards: [onHost],
    width: 8,
    max: 1,
  }),
  graph({
    title: 'Queues, how late',
    description: 'What waits in each queue, in seconds of what comes: how late its backend is.',
    unit: units.Seconds,
    queries: [
      series(`${QUEUES} / on (data_type) group_left () (${BYTES} > 0)`, '{{data_type}} {{exporter}}'),
    ],
    onwards: [onHost],
    width: 8,
  }),
  graph({
    title: 'Bytes in queues',
    description: 'What stands in the queues on disk, together. Their limits add up to 8.5 GiB.',
    unit: units.BytesIEC,
    queries: [series('sum by (data_type) (otelcol_exporter_queue_size)', '{{data_type}}')],
    onwards: [onHost],
    width: 8,
  }),
  graph({
    title: 'The enrichment hop, p95',
    description:
      'Until a request is received and has its turn, how long it is enriched, and until the fan-out has it on disk.',
    unit: units.Seconds,
    queries: [
      step('queue', '{{signal}} waits'),
      step('enrich', '{{signal}} is enriched'),
      step('forward', '{{signal}} is sent on'),
    ],
    onwards: [onHost],
    width: 12,
  }),
  graph({
    title: 'Bytes in flight in the enrichment processor',
    description: 'Of requests that it has not answered. At 128 MiB it pushes back.',
    unit: units.BytesIEC,
    queries: [series('sum(trace_enrichment_in_flight_bytes)', 'in flight')],
    onwards: [onHost],
    width: 12,
  }),
];
