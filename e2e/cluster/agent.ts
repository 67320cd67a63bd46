import { dashboards } from '../cases/19-dashboards/dashboard.ts';
import { interpolate, labelsOfLegend } from '../cases/19-dashboards/interpolate.ts';
import { isOfKubelet } from '../cases/19-dashboards/kubelet.ts';
import { newTraceId } from '../support/otlp-http.ts';
import { eventually } from '../support/wait.ts';
import { logLines, promQuery } from './support/backends.ts';
import { kubectl, namespace } from './support/kubectl.ts';
import { Printer } from './printer.ts';

/** The release `trace` is there, with its agent and the sample services. */
const ofAgents = ['--namespace', `${namespace}-agent`] as const;
const started = Date.now();
const arrival = { timeoutMillis: 120_000, intervalMillis: 2000 };

describe('the agent on each node', () => {
  afterAll(async () => {
    await Printer.removeAll();
  });

  /** Until every line that was printed is there; those that never come are for the caller to count. */
  async function arrived(printer: Printer): Promise<Awaited<ReturnType<typeof logLines>>> {
    let lines: Awaited<ReturnType<typeof logLines>> = [];
    await eventually(
      'all lines',
      async () => {
        lines = await logLines(`{k8s_deployment_name="${printer.name}"}`, started);
        return new Set(lines.map(({ text }) => text)).size >= printer.lines || undefined;
      },
      arrival,
    ).catch(() => undefined);
    return lines;
  }

  test('each line that a container prints is in Loki once, with its pod, container, node and owner', async () => {
    const printer = await Printer.start({ lines: 1000, perSecond: 200, owner: 'team-print' });
    const pod = await printer.pod();
    const lines = await arrived(printer);
    expect(lines.map(({ text }) => text).sort()).toEqual(printer.expected());
    for (const { labels } of lines) {
      expect(labels).toMatchObject({
        k8s_namespace_name: namespace,
        k8s_pod_name: pod.metadata.name,
        k8s_pod_uid: pod.metadata.uid,
        k8s_container_name: 'paper',
        k8s_node_name: pod.spec.nodeName,
        host_name: pod.spec.nodeName,
        service_owner: 'team-print',
        log_iostream: 'stdout',
      });
      // Of the connection it would be the agent's.
      expect(labels).not.toHaveProperty('k8s_pod_ip');
    }
  });

  test('a printed line in JSON is a record with its severity and trace id, as if it had been sent', async () => {
    const traceId = newTraceId();
    await Printer.start({ lines: 1, perSecond: 10, owner: 'team-print', traceId });
    const [line] = await eventually(
      'the line of the trace',
      async () => {
        const found = await logLines(`{k8s_namespace_name="${namespace}"} | trace_id="${traceId}"`, started);
        return found.length > 0 ? found : undefined;
      },
      arrival,
    );
    expect(line?.labels).toMatchObject({ span_id: '00f067aa0ba902b7', severity_text: 'error' });
  });

  test('the end of the agent, and of the Collector behind it, loses no line', async () => {
    const printer = await Printer.start({ lines: 4000, perSecond: 100, owner: 'team-print' });
    await kubectl(...ofAgents, 'delete', 'pod', '--all', '--wait=true', '--timeout=2m');
    await kubectl(...ofAgents, 'rollout', 'status', 'daemonset/trace-agent', '--timeout=2m');
    await kubectl('delete', 'pod', 'trace-collector-0', '--wait=true', '--timeout=2m');
    await kubectl('rollout', 'status', 'statefulset/trace-collector', '--timeout=3m');
    // Killed, without the time to say how far it has read.
    await kubectl(...ofAgents, 'delete', 'pod', '--all', '--grace-period=0', '--force');
    const texts = (await arrived(printer)).map(({ text }) => text);
    const missing = printer.expected().filter((text) => !texts.includes(text));
    console.log(
      `${printer.lines} lines, ${missing.length} lost, ${texts.length - new Set(texts).size} twice`,
    );
    expect(missing).toEqual([]);
  });

  test('what services send by OTLP, and what is on the road of logs itself, is not read a second time', async () => {
    const ours = '{k8s_namespace_name=~"NAMESPACE(-agent)?"}'.replace('NAMESPACE', namespace);
    // It would be there by now: what was printed since came all the way.
    const sent = await logLines(`{service_name="gateway", k8s_namespace_name="${namespace}"}`, started);
    expect(sent.length).toBeGreaterThan(0);
    const read = await logLines(`${ours} | log_iostream!=""`, started);
    const pods = new Set(
      read.map(({ labels }) => labels.k8s_pod_name?.replace(/-[^-]+(-[^-]+)?$/, '') ?? ''),
    );
    const silent =
      /^trace-(agent|collector|loki|alert-engine|gateway|users|orders|payments|producer|consumer|load)\b/;
    expect([...pods].filter((pod) => silent.test(pod))).toEqual([]);
  });

  test('figures of the node carry its name, and no pod: not the agent that read them', async () => {
    const node = (await kubectl('get', 'nodes', '--output=jsonpath={.items[*].metadata.name}'))
      .split(' ')
      .sort();
    for (const metric of [
      'system_memory_usage_bytes',
      'system_network_io_bytes_total',
      'k8s_node_cpu_usage',
    ]) {
      const found = await eventually(
        metric,
        async () => {
          const machines = await promQuery(`count by (host_name, k8s_node_name) (${metric})`);
          return machines.length === node.length ? machines : undefined;
        },
        arrival,
      );
      expect(found.map(({ k8s_node_name: name }) => name).sort()).toEqual(node);
      expect(found.map(({ host_name: name }) => name).sort()).toEqual(node);
    }
    expect(await promQuery('{__name__=~"system_.+|k8s_node_.+", k8s_pod_name!=""}')).toEqual([]);
    // The node's interfaces; a pod has two.
    const devices = await promQuery('count by (device) (system_network_io_bytes_total)');
    expect(devices.length).toBeGreaterThan(2);
  });

  test('the agent sends its own figures, by its own name', async () => {
    const [own] = await eventually(
      'figures of the agent',
      async () => {
        const found = await promQuery('otelcol_exporter_queue_capacity{exporter="otlp_grpc/gateway"}');
        return found.length > 0 ? found : undefined;
      },
      arrival,
    );
    expect(own).toMatchObject({ service_name: 'agent', k8s_namespace_name: `${namespace}-agent` });
  });

  /** The kubelet's, which there are nowhere else, and those which have other figures here than on a laptop. */
  const panels = dashboards.filter(({ uid }) => uid === 'trace-host').flatMap((board) => board.panels);

  test('the kubelet has panels', () => {
    expect(panels.filter(isOfKubelet).length).toBeGreaterThan(6);
  });

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s has data on this cluster, with every label of its legend',
    async (title, panel) => {
      if (title === 'Network of pods' && !(await kubeletKnowsNetworkOfPods())) {
        console.log(`${title}: the kubelet of this cluster has no such figures, so this panel was not tried`);
        return;
      }
      for (const { expr = '', legendFormat = '' } of panel.targets) {
        const found = await eventually(
          title,
          async () => {
            const series = await promQuery(interpolate(expr, { host: '..*' }));
            return series.length > 0 ? series : undefined;
          },
          arrival,
        );
        for (const series of found)
          for (const label of labelsOfLegend(legendFormat)) expect(series[label] ?? '').not.toBe('');
      }
    },
  );

  async function kubeletKnowsNetworkOfPods(): Promise<boolean> {
    const [node = ''] = (await kubectl('get', 'nodes', '--output=name')).trim().split('\n');
    const path = `/api/v1/${node.replace('node/', 'nodes/')}/proxy/stats/summary`;
    const { pods } = JSON.parse(await kubectl('get', '--raw', path)) as { pods: { network?: object }[] };
    return pods.some(({ network }) => network !== undefined);
  }
});
