import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { collectorWith, otelcol } from '../../../launcher/src/programs/outside.ts';
import { KafkaBroker } from '../../support/kafka.ts';
import { KubeApiServer } from '../../support/kube-api-server.ts';
import { createNamespace, createPod } from '../../support/kube-objects.ts';
import { root } from '../../support/paths.ts';
import { RunningProgram } from '../../support/running-program.ts';
import { backends, Stack } from '../../support/stack.ts';

const layers = (names: string): string[] => names.split(' ').map((name) => `otel-collector/${name}.yaml`);
/** As the chart has them (templates/collector/_component.tpl). */
const GATEWAY = layers('base ingest fan-out kafka-write kubernetes');
const READER = layers('base tempo kafka-tempo loki kafka-loki prometheus kafka-prometheus');

/** Two Collectors on one machine: the second has its health and its metrics on another address. */
const READER_HOST = '127.0.0.2';
export const readerMetrics = `http://${READER_HOST}:8888/metrics`;

export const TOPICS = ['trace-traces', 'trace-logs', 'trace-metrics'] as const;
const PARTITIONS = 3;
export const POD = { namespace: 'shop', name: 'cart-0' } as const;

/** sender → gateway → enrichment processor → gateway → Kafka → reader → Tempo, Loki, Prometheus. */
export class KafkaRoad {
  private constructor(
    readonly stack: Stack,
    readonly kafka: KafkaBroker,
    readonly gateway: RunningProgram,
    readonly reader: RunningProgram,
    private readonly cluster: KubeApiServer,
    private readonly folder: string,
  ) {}

  /** @param readerArgs at the end of the reader's command line */
  static async start(readerArgs: readonly string[] = []): Promise<KafkaRoad> {
    const folder = mkdtempSync(join(tmpdir(), 'trace-e2e-kafka-'));
    const [kafka, cluster] = await Promise.all([KafkaBroker.start(), KubeApiServer.start()]);
    for (const topic of TOPICS) await kafka.createTopic(topic, PARTITIONS);
    await createNamespace(cluster.client, { name: POD.namespace });
    // Where the test sends from.
    await createPod(cluster.client, { ...POD, status: { podIP: '127.0.0.1', phase: 'Running' } });
    const stack = await Stack.start({
      programs: [...backends, 'enrichment-processor'],
      changes: {
        'enrichment-processor': { env: { TRACE_ENRICHMENT_CONFIG: configuration(folder, cluster) } },
      },
    });
    const env = { TRACE_KAFKA_BROKERS: `[${kafka.address}]` };
    const gateway = new RunningProgram({ ...otelcol, ...collectorWith(GATEWAY) }, join(folder, 'gateway'), {
      env,
    });
    const reader = new RunningProgram(
      { ...otelcol, ...collectorWith(READER), readyUrl: `http://${READER_HOST}:13133/` },
      join(folder, 'reader'),
      { args: readerArgs, env: { ...env, TRACE_LISTEN_HOST: READER_HOST, TRACE_KAFKA_INSTANCE: 'reader-0' } },
    );
    await Promise.all([gateway.start(), reader.start()]);
    return new KafkaRoad(stack, kafka, gateway, reader, cluster, folder);
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.reader.close();
    await this.stack.stop();
    await Promise.all([this.kafka.close(), this.cluster.stop()]);
    if (process.env.TRACE_E2E_KEEP === undefined) rmSync(this.folder, { recursive: true });
  }
}

/** What ships, and the cluster that the pods are in. */
function configuration(folder: string, cluster: KubeApiServer): string {
  const shipped = join(root, 'apps/enrichment-processor/config');
  const document = parse(readFileSync(join(shipped, 'enrichment-processor.yaml'), 'utf8')) as {
    enrich: Record<string, unknown>;
  };
  document.enrich.catalogue = join(shipped, 'catalogue.yaml');
  document.enrich.kubernetes = {
    enabled: true,
    authType: 'kubeConfig',
    kubeConfig: cluster.kubeconfig(),
    waitForMetadata: true,
  };
  const file = join(folder, 'enrichment-processor.yaml');
  writeFileSync(file, JSON.stringify(document)); // which is YAML
  return file;
}
