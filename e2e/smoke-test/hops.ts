import { collectorFigures, enrichmentFigures, type Figures } from './figures.ts';
import { Problem } from './http.ts';
import type { Places } from './places.ts';
import type { Signal } from './send.ts';

const exporters = {
  traces: { id: 'otlp_grpc/tempo', program: 'Tempo' },
  logs: { id: 'otlp_http/loki', program: 'Loki' },
  metrics: { id: 'otlp_http/prometheus', program: 'Prometheus' },
} as const;

/** Which hop keeps a signal back, by the figures of the programs on its way; what to look at is said as well. */
export async function brokenHop(signal: Signal, { collectorHost }: Places): Promise<string> {
  const { id, program } = exporters[signal];
  try {
    const collector = await collectorFigures(collectorHost);
    const toEnrichment = waiting(collector, 'otlp_grpc/enrichment', signal);
    const toBackend = waiting(collector, id, signal);
    if (toEnrichment > 0) {
      return `Collector → enrichment processor: ${toEnrichment} bytes wait. ${await enrichmentState(collectorHost)}`;
    }
    if (toBackend > 0) {
      return `Collector → ${program}: ${toBackend} bytes wait. Does ${program} run, and has its volume room?`;
    }
    return `${program}: nothing waits for it, and nothing is found in it. What does its log say?`;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.message;
  }
}

/** The same for the alert. */
export async function brokenAlertHop({ collectorHost }: Places): Promise<string> {
  try {
    const collector = await collectorFigures(collectorHost);
    const toEnrichment = waiting(collector, 'otlp_grpc/enrichment', 'traces');
    if (toEnrichment > 0) return `Collector → enrichment processor: ${toEnrichment} bytes wait.`;
    const failed = collector.sum('otelcol_exporter_send_failed_spans', { exporter: 'otlp_http/alerts' });
    if (failed > 0) return `Collector → alert engine: ${failed} spans were given up.`;
    return 'alert engine: nothing was given up on the way to it, and no alert fires. Is the rule SmokeTest in /api/v1/rules?';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.message;
  }
}

function waiting(collector: Figures, exporter: string, signal: Signal): number {
  return collector.sum('otelcol_exporter_queue_size', { exporter, data_type: signal });
}

async function enrichmentState(host: string): Promise<string> {
  try {
    await enrichmentFigures(host);
    return 'It answers; what does its log say?';
  } catch (error) {
    return error instanceof Problem ? `And ${error.message}` : String(error);
  }
}
