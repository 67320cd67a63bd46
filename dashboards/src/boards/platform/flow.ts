import * as units from '@grafana/grafana-foundation-sdk/units';

import { to } from '../../build/link.ts';
import { graph, type Panel } from '../../build/panel.ts';
import { series, type Query } from '../../build/query.ts';
import { SHORT } from '../../promql.ts';

const senders = to('overview', 'Who sends');
const inLogs = to('logs', 'What is logged');

/** What the Collector counts, of each signal. */
export const signals = [
  { signal: 'traces', records: 'spans' },
  { signal: 'logs', records: 'log_records' },
  { signal: 'metrics', records: 'metric_points' },
] as const;

const collector = (what: string, by: string): Query[] =>
  signals.map(({ signal, records }) =>
    series(`sum by (${by}) (rate(otelcol_${what}_${records}[${SHORT}]))`, `${signal} {{${by}}}`),
  );

export const flow: readonly Panel[] = [
  graph({
    title: '1. Taken in',
    description:
      'Spans, log records and data points that the Collector takes in a second: from services (otlp), and back from the enrichment processor (otlp/enriched). The two should agree.',
    unit: units.CountsPerSecond,
    queries: collector('receiver_accepted', 'receiver'),
    onwards: [senders],
    width: 8,
  }),
  graph({
    title: '2. Enriched',
    description:
      'Records that the enrichment processor sent on in a second, by the status that the fan-out answered with.',
    unit: units.CountsPerSecond,
    queries: [
      series(
        `sum by (signal, outcome) (rate(trace_enrichment_records_total[${SHORT}]))`,
        '{{signal}} {{outcome}}',
      ),
    ],
    onwards: [senders],
    width: 8,
  }),
  graph({
    title: '3. Sent on',
    description:
      'Records that each next hop has acknowledged, in a second. An exporter at 0 has a backend that is away.',
    unit: units.CountsPerSecond,
    queries: collector('exporter_sent', 'exporter'),
    onwards: [senders],
    width: 8,
  }),
  graph({
    title: '4. Tempo takes',
    description: 'Spans that Tempo takes in a second, and those of which its generator makes metrics.',
    unit: units.CountsPerSecond,
    queries: [
      series(`sum(rate(tempo_distributor_spans_received_total[${SHORT}]))`, 'spans'),
      series(`sum(rate(tempo_metrics_generator_spans_received_total[${SHORT}]))`, 'into metrics'),
    ],
    onwards: [senders],
    width: 8,
  }),
  graph({
    title: '4. Loki takes',
    description: 'Lines that Loki takes in a second.',
    unit: units.CountsPerSecond,
    queries: [series(`sum(rate(loki_distributor_lines_received_total[${SHORT}]))`, 'lines')],
    onwards: [inLogs],
    width: 8,
  }),
  graph({
    title: '4. Prometheus takes',
    description:
      'Samples that Prometheus takes in a second: over OTLP, by scraping, and of Tempo’s generator.',
    unit: units.CountsPerSecond,
    queries: [series(`sum(rate(prometheus_tsdb_head_samples_appended_total[${SHORT}]))`, 'samples')],
    onwards: [senders],
    width: 8,
  }),
];
