import { collectorFigures, enrichmentFigures, type Figures } from './figures.ts';
import { Problem } from './http.ts';
import type { Places } from './places.ts';
import type { Signal } from './send.ts';

const exporters = {
  traces: { id: 'otlp_grpc/tempo', program: 'Tempo', records: 'spans' },
  logs: { id: 'otlp_http/loki', program: 'Loki', records: 'log_records' },
  metrics: { id: 'otlp_http/prometheus', program: 'Prometheus', records: 'metric_points' },
} as const;

/** Which hop keeps a signal back, by the figures of the programs on its way; what to look at is said as well. */
export async function brokenHop(signal: Signal, { collectorHost }: Places): Promise<string> {
  const { id, program, records } = exporters[signal];
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
    const lost = givenUp(collector, id, records);
    if (lost > 0) {
      return `Collector → ${program}: ${lost} ${records} were given up since it started. What is the "Dropping data" in its log?`;
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
    const failed = givenUp(collector, 'otlp_http/alerts', 'spans');
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

/** What was answered for good, or tried for too long. */
function givenUp(collector: Figures, exporter: string, records: string): number {
  return collector.sum(`otelcol_exporter_send_failed_${records}`, { exporter });
}

async function enrichmentState(host: string): Promise<string> {
  try {
    await enrichmentFigures(host);
    return 'It answers; what does its log say?';
  } catch (error) {
    return error instanceof Problem ? `And ${error.message}` : String(error);
  }
}
