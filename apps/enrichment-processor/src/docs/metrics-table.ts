import { observeKubernetes } from '../enrich/kubernetes-metrics';
import { RuleCounts } from '../enrich/rule-counts';
import { Metrics } from '../metrics';

const OWN = 'trace_enrichment_';

/** Every metric of our own as Markdown. */
export function metricsTable(): string {
  const metrics = new Metrics();
  metrics.observeRules(new RuleCounts());
  metrics.observe({
    inFlightBytes: 0,
    connectionCount: 0,
    certificateNotAfterEpochMillis: undefined,
    start: () => Promise.reject(new Error('only to be looked at')),
    shutdown: () => Promise.resolve(),
  });
  observeKubernetes(metrics.registry, () => {
    throw new Error('only to be looked at');
  });
  const rows = metrics.registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith(OWN))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((metric) => {
      const labels = labelNamesOf(metric).map((label) => `\`${label}\``);
      return `| \`${metric.name}\` | ${labels.join(', ')} | ${metric.help.replaceAll('|', '\\|')} |`;
    });
  return ['| metric | labels | |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Every metric has them; prom-client's types do not say so. */
function labelNamesOf(metric: object): string[] {
  return 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
}
