import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { board } from '../build/board.ts';
import { column, label, to } from '../build/link.ts';
import { figure, graph, listing } from '../build/panel.ts';
import { instant, rows, series } from '../build/query.ts';
import { manyLabelValues } from '../build/variable.ts';
import { SHORT } from '../promql.ts';
import { kubeletPanels } from './host/kubelet.ts';

const HOSTS = 'host_name=~"$host"';
/** Both are promoted (backends/prometheus), or the figures of two nodes would be one series. */
const MACHINE = 'host_name, k8s_node_name';

const oneHost = to('host', 'This host alone', { host: label('host_name') });
const services = to('overview', 'The services');

/** `machine` is the node's name where there is one, else the host's. */
function byMachine(expr: string): string {
  const named = `label_replace(${expr}, "machine", "$1", "host_name", "(.+)")`;
  return `label_replace(${named}, "machine", "$1", "k8s_node_name", "(.+)")`;
}

const sum = (metric: string, matchers = '', by = MACHINE): string =>
  `sum by (${by}) (${metric}{${HOSTS}${matchers}})`;
const rate = (metric: string, matchers = '', by = MACHINE): string =>
  `sum by (${by}) (rate(${metric}{${HOSTS}${matchers}}[${SHORT}]))`;
const share = (part: string, whole: string): string => byMachine(`${part} / ${whole}`);

const CPU = share(
  rate('system_cpu_time_seconds_total', ', state!~"idle|wait"'),
  rate('system_cpu_time_seconds_total'),
);
const MEMORY = share(sum('system_memory_usage_bytes', ', state="used"'), sum('system_memory_usage_bytes'));
const DISK_BY = `${MACHINE}, mountpoint`;
const OWN_DISKS = share(
  sum('system_filesystem_usage_bytes', ', state="used"', DISK_BY),
  sum('system_filesystem_usage_bytes', ', state=~"used|free"', DISK_BY),
);
/** Of a node only the kubelet says it (otel-collector/agent.yaml). */
const NODES_DISK = share(sum('k8s_node_filesystem_usage_bytes'), sum('k8s_node_filesystem_capacity_bytes'));
const DISK = `${OWN_DISKS} or label_replace(${NODES_DISK}, "mountpoint", "of the node", "", "")`;
/** Services in pods have a host name of their own, and what the kubelet says of them has no instance. */
const RUNNING = ['k8s_node_name=~"$host"', `k8s_node_name="", ${HOSTS}`]
  .map((where) => `target_info{${where}, service_name!="", instance!=""}`)
  .join(' or ');

export function host(): dashboard.Dashboard {
  return board({
    name: 'host',
    title: 'Host and Kubernetes',
    description: 'Has a host or node run out of something, and which services run there?',
    variables: [manyLabelValues('host', 'system_cpu_load_average_1m', 'host_name')],
    panels: [
      figure({
        title: 'Hosts',
        description: 'Hosts and nodes that send their figures now.',
        unit: units.Short,
        queries: [instant(`count(sum by (${MACHINE}) (system_cpu_load_average_1m{${HOSTS}}))`, 'hosts')],
        onwards: [services],
        width: 4,
      }),
      figure({
        title: 'Fullest disk',
        description: 'The fullest file system of all. A full one stops the queues of the data path.',
        unit: units.PercentUnit,
        queries: [instant(`max by (machine) (${DISK})`, '{{machine}}')],
        onwards: [to('platform', 'The queues')],
        width: 4,
      }),
      figure({
        title: 'Busiest processors',
        description: 'The share of time in which processors work, now.',
        unit: units.PercentUnit,
        queries: [instant(CPU, '{{machine}}')],
        onwards: [services],
        width: 4,
      }),
      listing({
        title: 'What runs where',
        description: 'Instances of services on each host or node.',
        unit: units.Short,
        queries: [rows(`count by (machine, service_name) (${byMachine(RUNNING)})`)],
        columns: { machine: 'Host', service_name: 'Service' },
        value: 'Instances',
        onwards: [to('service', 'This service', { service: column('Service') })],
        width: 12,
        height: 4,
      }),
      graph({
        title: 'Processors in use',
        description:
          'The share of time in which processors do something but wait. Near 1, everything is slow.',
        unit: units.PercentUnit,
        queries: [series(CPU, '{{machine}}')],
        onwards: [oneHost],
        width: 8,
        max: 1,
      }),
      graph({
        title: 'Load',
        description: 'Processes that run or want to, over one minute, for each processor. Above 1 they wait.',
        unit: units.Short,
        queries: [
          series(share(sum('system_cpu_load_average_1m'), sum('system_cpu_logical_count')), '{{machine}}'),
        ],
        onwards: [oneHost],
        width: 8,
      }),
      graph({
        title: 'Memory in use',
        description: 'The share of memory in use, without what is only cached.',
        unit: units.PercentUnit,
        queries: [series(MEMORY, '{{machine}}')],
        onwards: [oneHost],
        width: 8,
        max: 1,
      }),
      graph({
        title: 'Disks in use',
        description: 'How full each file system is.',
        unit: units.PercentUnit,
        queries: [series(DISK, '{{machine}} {{mountpoint}}')],
        onwards: [oneHost],
        width: 8,
        max: 1,
      }),
      graph({
        title: 'Disk traffic',
        description: 'Bytes read and written in a second.',
        unit: units.BytesPerSecondIEC,
        queries: [
          series(
            byMachine(rate('system_disk_io_bytes_total', '', `${MACHINE}, device, direction`)),
            '{{machine}} {{device}} {{direction}}',
          ),
        ],
        onwards: [oneHost],
        width: 8,
      }),
      graph({
        title: 'Disks busy',
        description: 'The share of time in which a disk had something to do. Near 1 it is what all wait for.',
        unit: units.PercentUnit,
        queries: [
          series(
            byMachine(rate('system_disk_io_time_seconds_total', '', `${MACHINE}, device`)),
            '{{machine}} {{device}}',
          ),
        ],
        onwards: [oneHost],
        width: 8,
      }),
      graph({
        title: 'Network traffic',
        description: 'Bytes received and sent in a second, by interface.',
        unit: units.BytesPerSecondIEC,
        queries: [
          series(
            byMachine(rate('system_network_io_bytes_total', '', `${MACHINE}, device, direction`)),
            '{{machine}} {{device}} {{direction}}',
          ),
        ],
        onwards: [oneHost],
        width: 12,
      }),
      graph({
        title: 'Network errors and drops',
        description: 'Packets in a second that were bad or dropped; 0 is good.',
        unit: units.EventsPerSecond,
        queries: [
          series(byMachine(rate('system_network_errors_total')), '{{machine}} errors'),
          series(byMachine(rate('system_network_dropped_total')), '{{machine}} drops'),
        ],
        onwards: [oneHost],
        width: 12,
      }),
      ...kubeletPanels(HOSTS),
    ],
  });
}
