import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { board } from '../build/board.ts';
import { label, to, toLogs } from '../build/link.ts';
import { figure, graph, logLines } from '../build/panel.ts';
import { lineCounts, lines, lineTotal } from '../build/query.ts';
import { manyStreamValues, text } from '../build/variable.ts';

const STREAMS = '{service_name=~"$service"}';
const FOUND = `${STREAMS} |= \`$search\``;
const BAD = `${STREAMS} | detected_level=~"error|fatal|critical"`;

const service = to('service', 'This service', { service: label('service_name') });
/** In an address, several values are a regular expression only when that is said. */
const explore = toLogs('In Explore', FOUND.replace('$service', '${service:regex}'));

const counted = (by: string, query: string, window: string): string =>
  `sum by (${by}) (count_over_time(${query} [${window}]))`;
/** 0 for those that logged something, but none of these. */
const countedOrZero = (query: string, window: string): string =>
  `${counted('service_name', query, window)} or ${counted('service_name', STREAMS, window)} * 0`;

export function logs(): dashboard.Dashboard {
  return board({
    name: 'logs',
    title: 'Microservices Logs',
    description: 'What do the services log, how much of it is bad, and which request does a line belong to?',
    variables: [manyStreamValues('service', 'service_name'), text('search')],
    panels: [
      figure({
        title: 'Lines',
        description: 'Lines over the time shown.',
        unit: units.Short,
        queries: [lineTotal(`sum(count_over_time(${STREAMS} [$__range]))`, 'lines')],
        onwards: [explore],
        width: 6,
      }),
      figure({
        title: 'Errors',
        description: 'Lines of level error and above over the time shown.',
        unit: units.Short,
        queries: [lineTotal(`sum(${countedOrZero(BAD, '$__range')})`, 'errors')],
        onwards: [explore],
        width: 6,
      }),
      figure({
        title: 'With a trace',
        description:
          'The share of lines that carry the trace id of the request they belong to. Access logs carry none.',
        unit: units.PercentUnit,
        queries: [
          lineTotal(
            `sum(count_over_time(${STREAMS} | trace_id!="" [$__range])) / sum(count_over_time(${STREAMS} [$__range]))`,
            'with a trace',
          ),
        ],
        onwards: [explore],
        width: 6,
      }),
      figure({
        title: 'Volume',
        description: 'Bytes of lines over the time shown, without their attributes.',
        unit: units.BytesIEC,
        queries: [lineTotal(`sum(bytes_over_time(${STREAMS} [$__range]))`, 'bytes')],
        onwards: [to('platform', 'What Loki takes')],
        width: 6,
      }),
      graph({
        title: 'Lines by service',
        description: 'Who logs how much. A service that falls silent may be gone.',
        unit: units.Short,
        queries: [lineCounts(counted('service_name', STREAMS, '$__auto'), '{{service_name}}')],
        onwards: [service],
        width: 8,
        bars: true,
      }),
      graph({
        title: 'Lines by level',
        description: 'All services together, by level.',
        unit: units.Short,
        queries: [lineCounts(counted('detected_level', STREAMS, '$__auto'), '{{detected_level}}')],
        onwards: [explore],
        width: 8,
        bars: true,
      }),
      graph({
        title: 'Errors by service',
        description: 'Lines of level error and above; 0 for a service that logs and has none.',
        unit: units.Short,
        queries: [lineCounts(countedOrZero(BAD, '$__auto'), '{{service_name}}')],
        onwards: [service],
        width: 8,
        bars: true,
      }),
      logLines({
        title: 'Newest lines',
        description: 'Those that contain what is typed above, newest first. Each has a link to its trace.',
        unit: units.Short,
        queries: [lines(FOUND)],
        onwards: [explore],
        width: 24,
        height: 16,
      }),
    ],
  });
}
