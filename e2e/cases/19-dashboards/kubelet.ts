import type { Dashboard, Panel } from './dashboard.ts';

const OF_KUBELET =
  /\b(?:k8s_(?:node|pod|volume)|container)_(?:cpu|memory|filesystem|network|available|capacity)_/;

/** A metric that only a kubelet can say the value of. */
export const isMetricOfKubelet = (name: string): boolean => OF_KUBELET.test(name);

/** Whether a panel shows nothing else; e2e/cluster/agent.cluster.ts looks at it where there is a kubelet. */
export const isOfKubelet = ({ targets }: Pick<Panel, 'targets'>): boolean =>
  targets.every(({ expr = '' }) => isMetricOfKubelet(expr) && !/\bsystem_/.test(expr));

/** The dashboard without such panels; says which they are. */
export function withoutKubelet(dashboard: Dashboard): Dashboard {
  const left = dashboard.panels.filter(isOfKubelet).map(({ title }) => title);
  if (left.length > 0)
    console.log(
      `${dashboard.title}: left to npm run test:cluster, for want of a kubelet: ${left.join(', ')}`,
    );
  return { ...dashboard, panels: dashboard.panels.filter((panel) => !isOfKubelet(panel)) };
}
