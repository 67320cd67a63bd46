import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { board } from '../build/board.ts';
import { label, to, toLogs, toTraces } from '../build/link.ts';
import { figure, graph, listing, logLines } from '../build/panel.ts';
import { instant, lines, rows, series, seriesWithExemplars } from '../build/query.ts';
import { errorRate, latency, quantileOf, requestRate, WHOLE } from '../promql.ts';

const SENT = 'span_kind="SPAN_KIND_PRODUCER"';
const PROCESSED = 'span_kind="SPAN_KIND_CONSUMER"';
/** What could not be processed is sent to another place, by a client span (docs/messaging.md). */
const DEAD = 'span_name="send dead-letters"';
const BY_BROKER = 'connection_type="messaging_system"';
const IN_BROKER = 'traces_service_graph_request_messaging_system_seconds_bucket';
const LINES = '{service_name=~"consumer|producer|payments"}';

const traces = toTraces('Traces with it', `{ name = "${label('span_name')}" }`);
const receiver = to('service', 'The receiver', { service: label('server') });

export function messaging(): dashboard.Dashboard {
  return board({
    name: 'messaging',
    title: 'Messaging',
    description:
      'Do messages arrive, how long do they wait in the broker, and what becomes of those that fail?',
    panels: [
      figure({
        title: 'Sent',
        description:
          'Messages that the broker confirmed in a second, now; bulk sends count once for a batch.',
        unit: units.MessagesPerSecond,
        queries: [instant(`sum(${requestRate('service', SENT)})`, 'sent')],
        onwards: [to('service', 'The producer', { service: 'producer' })],
        width: 6,
      }),
      figure({
        title: 'Processed',
        description: 'Attempts to process a message in a second, now. Below what is sent, messages pile up.',
        unit: units.MessagesPerSecond,
        queries: [instant(`sum(${requestRate('service', PROCESSED)})`, 'processed')],
        onwards: [to('service', 'The consumer', { service: 'consumer' })],
        width: 6,
      }),
      figure({
        title: 'Failed attempts',
        description: 'Attempts over the time shown that failed; each is tried once more.',
        unit: units.Short,
        queries: [
          instant(
            `sum(increase(traces_spanmetrics_calls_total{${PROCESSED}, status_code="STATUS_CODE_ERROR"}[${WHOLE}])) or vector(0)`,
            'failed',
          ),
        ],
        onwards: [toTraces('Those that failed', '{ kind = consumer && status = error }')],
        width: 6,
      }),
      figure({
        title: 'Dead letters',
        description:
          'Messages over the time shown that were given up and put aside. Each waits for somebody to look.',
        unit: units.Short,
        queries: [
          instant(`sum(increase(traces_spanmetrics_calls_total{${DEAD}}[${WHOLE}])) or vector(0)`, 'dead'),
        ],
        onwards: [toTraces('Their traces', '{ name = "send dead-letters" }')],
        width: 6,
      }),
      graph({
        title: 'Sent, by destination',
        description: 'Messages in a second by where they go.',
        unit: units.MessagesPerSecond,
        queries: [series(requestRate('span_name', SENT), '{{span_name}}')],
        onwards: [traces],
        width: 8,
      }),
      graph({
        title: 'Processed, by destination',
        description:
          'Attempts in a second by where the message came from; what fails is counted in the next graph too.',
        unit: units.MessagesPerSecond,
        queries: [series(requestRate('span_name', PROCESSED), '{{span_name}}')],
        onwards: [traces],
        width: 8,
      }),
      graph({
        title: 'Failed attempts, by destination',
        description:
          'Attempts in a second that failed; 0 is good. The rule PoisonedMessage fires for one that fails twice.',
        unit: units.MessagesPerSecond,
        queries: [series(errorRate('span_name', PROCESSED), '{{span_name}}')],
        onwards: [traces],
        width: 8,
      }),
      graph({
        title: 'In the broker, p95',
        description: 'From the end of sending to the begin of processing. What grows is a queue.',
        unit: units.Seconds,
        queries: [series(quantileOf(0.95, 'client, server', IN_BROKER), '{{client}} → {{server}}')],
        onwards: [receiver],
        width: 8,
      }),
      graph({
        title: 'Processing, p95',
        description: 'How long an attempt takes. A dot is one message: click it for its trace.',
        unit: units.Seconds,
        queries: [seriesWithExemplars(latency(0.95, 'span_name', PROCESSED), '{{span_name}}')],
        onwards: [traces],
        width: 8,
      }),
      graph({
        title: 'Sending, p95',
        description:
          'Until the broker confirms that it has the message on disk; of a request, until its answer.',
        unit: units.Seconds,
        queries: [seriesWithExemplars(latency(0.95, 'span_name', SENT), '{{span_name}}')],
        onwards: [traces],
        width: 8,
      }),
      listing({
        title: 'From whom to whom',
        description:
          'Messages in a second between services over the time shown, found by the traces that cross the broker.',
        unit: units.MessagesPerSecond,
        queries: [
          rows(`sum by (client, server) (rate(traces_service_graph_request_total{${BY_BROKER}}[${WHOLE}]))`),
        ],
        columns: { client: 'From', server: 'To' },
        value: 'Messages',
        onwards: [to('overview', 'The whole map')],
        width: 8,
      }),
      logLines({
        title: 'What they log',
        description: 'The newest lines of those who send and receive.',
        unit: units.Short,
        queries: [lines(LINES, 100)],
        onwards: [toLogs('In Explore', LINES)],
        width: 16,
      }),
    ],
  });
}
