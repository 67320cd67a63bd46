import * as units from '@grafana/grafana-foundation-sdk/units';

import { to } from '../../build/link.ts';
import { figure, graph, type Panel } from '../../build/panel.ts';
import { instant, series } from '../../build/query.ts';
import { SHORT } from '../../promql.ts';

const onHost = to('host', 'The host');

export const health: readonly Panel[] = [
  figure({
    title: 'Programs',
    description:
      '1 for each program of the platform whose metrics Prometheus can read, 0 for one that is away.',
    unit: units.Short,
    queries: [instant('up{job=~"trace/.+"}', '{{job}}')],
    onwards: [onHost],
    width: 24,
  }),
  graph({
    title: 'Memory',
    description: 'What each program holds of the machine’s memory.',
    unit: units.BytesIEC,
    queries: [
      series('process_resident_memory_bytes{job=~"trace/.+"}', '{{job}}'),
      series('otelcol_process_memory_rss', '{{job}}'),
    ],
    onwards: [onHost],
    width: 12,
  }),
  graph({
    title: 'Processor time',
    description: 'Processors that each program keeps busy.',
    unit: units.Short,
    queries: [
      series(`rate(process_cpu_seconds_total{job=~"trace/.+"}[${SHORT}])`, '{{job}}'),
      series(`rate(otelcol_process_cpu_seconds[${SHORT}])`, '{{job}}'),
    ],
    onwards: [onHost],
    width: 12,
  }),
];
