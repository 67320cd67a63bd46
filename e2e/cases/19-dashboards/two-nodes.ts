const OTLP = 'http://127.0.0.1:4318/v1/metrics';

const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });

/** Memory of two nodes whose hosts have one name, as the host metrics of a cluster may have. */
export async function sendTwoNodes(): Promise<void> {
  const timeUnixNano = `${Date.now()}000000`;
  const resourceMetrics = ['node-a', 'node-b'].map((node, index) => ({
    resource: { attributes: [attribute('host.name', 'agent'), attribute('k8s.node.name', node)] },
    scopeMetrics: [
      {
        metrics: [
          {
            name: 'system.memory.usage',
            unit: 'By',
            sum: {
              aggregationTemporality: 2,
              isMonotonic: false,
              dataPoints: [
                { asInt: String(1 + index), timeUnixNano, attributes: [attribute('state', 'used')] },
                { asInt: '2', timeUnixNano, attributes: [attribute('state', 'free')] },
              ],
            },
          },
        ],
      },
    ],
  }));
  const response = await fetch(OTLP, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics }),
  });
  if (!response.ok) throw new Error(`${OTLP}: ${response.status}`);
}
