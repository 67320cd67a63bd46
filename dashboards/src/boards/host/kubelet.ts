import * as units from '@grafana/grafana-foundation-sdk/units';

import { label, to, toLogs } from '../../build/link.ts';
import { graph, type Panel } from '../../build/panel.ts';
import { series } from '../../build/query.ts';
import { SHORT } from '../../promql.ts';

/** More lines than these nobody tells apart. */
const MOST = 15;
const POD = 'host_name, k8s_namespace_name, k8s_pod_name';
const POD_NAME = '{{k8s_namespace_name}}/{{k8s_pod_name}}';

const oneHost = to('host', 'Its node alone', { host: label('host_name') });
const itsLines = toLogs(
  'What it prints',
  `{k8s_namespace_name="${label('k8s_namespace_name')}", k8s_pod_name="${label('k8s_pod_name')}"}`,
);

/** What the kubelet of each node says of its pods, their containers and volumes (otel-collector/kubelet.yaml). */
export function kubeletPanels(hosts: string): Panel[] {
  const of = (metric: string, by: string): string => `sum by (${by}) (${metric}{${hosts}})`;
  const most = (expr: string): string => `topk(${MOST}, ${expr})`;
  const ofPods = (title: string, description: string, unit: string, expr: string, legend = POD_NAME): Panel =>
    graph({
      title,
      description: `${description} The ${MOST} with most.`,
      unit,
      queries: [series(most(expr), legend)],
      onwards: [itsLines, oneHost],
      width: 8,
    });
  const containers = `${POD}, k8s_container_name`;
  const volumes = `${POD}, k8s_volume_name`;
  const traffic = `sum by (${POD}, direction) (rate(k8s_pod_network_io_bytes_total{${hosts}}[${SHORT}]))`;
  const free = `${of('k8s_volume_available_bytes', volumes)} / ${of('k8s_volume_capacity_bytes', volumes)}`;
  return [
    ofPods(
      'Processors of pods',
      'Processors that each pod keeps busy.',
      units.Short,
      of('k8s_pod_cpu_usage', POD),
    ),
    ofPods(
      'Memory of pods',
      'Memory that cannot be taken from each pod: what its limit is held against.',
      units.BytesIEC,
      of('k8s_pod_memory_working_set_bytes', POD),
    ),
    ofPods(
      'Network of pods',
      'Bytes received and sent by each pod in a second.',
      units.BytesPerSecondIEC,
      traffic,
      `${POD_NAME} {{direction}}`,
    ),
    ofPods(
      'Processors of containers',
      'Processors that each container keeps busy.',
      units.Short,
      of('container_cpu_usage', containers),
      `${POD_NAME}/{{k8s_container_name}}`,
    ),
    ofPods(
      'Memory of containers',
      'Memory that cannot be taken from each container. At its limit it is killed.',
      units.BytesIEC,
      of('container_memory_working_set_bytes', containers),
      `${POD_NAME}/{{k8s_container_name}}`,
    ),
    ofPods(
      'Files of pods',
      'Bytes that each pod has written on its node: its own file system, logs and volumes that end with it.',
      units.BytesIEC,
      of('k8s_pod_filesystem_usage_bytes', POD),
    ),
    ofPods(
      'Volumes in use',
      'How full each volume is. A full one stops what writes to it.',
      units.PercentUnit,
      `1 - ${free}`,
      `${POD_NAME} {{k8s_volume_name}}`,
    ),
  ];
}
