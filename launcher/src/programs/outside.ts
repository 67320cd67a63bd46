import { dirname, join } from 'node:path';

import { backendProblem } from '../configuration/backend-problem.ts';
import { collectorProblem } from '../configuration/collector-problem.ts';
import { natsProblem } from '../configuration/nats-problem.ts';
import type { OutsideProgram } from './program.ts';

/** The Collector's configuration, each layer over those before it. */
const collectorLayers = [
  'base',
  'ingest',
  'file-log',
  'fan-out',
  'tempo',
  'loki',
  'prometheus',
  'alert-engine',
  'local',
].map((layer) => `otel-collector/${layer}.yaml`);

export const otelcol: OutsideProgram = {
  name: 'otelcol',
  tool: 'otelcol',
  ports: [
    { number: 4317, setting: 'receivers.otlp.protocols.grpc.endpoint in otel-collector/' },
    { number: 4318, setting: 'receivers.otlp.protocols.http.endpoint in otel-collector/' },
    { number: 4327, setting: 'receivers.otlp/enriched.protocols.grpc.endpoint in otel-collector/' },
    { number: 13133, setting: 'extensions.health_check.endpoint in otel-collector/' },
    { number: 8888, setting: 'service.telemetry.metrics in otel-collector/' },
  ],
  readyUrl: 'http://127.0.0.1:13133/',
  address: 'http://127.0.0.1:4318',
  wrongConfiguration: collectorProblem,
  ...collectorWith(collectorLayers),
  stopDeadlineMillis: 15_000,
};

/** The Collector's command and what it reads, of these layers in this order; paths are relative to the checkout. */
export function collectorWith(layers: readonly string[]): Pick<OutsideProgram, 'needs' | 'command'> {
  return {
    needs: layers,
    command: ({ executable, root, home }) => ({
      file: executable,
      args: layers.map((layer) => `--config=file:${join(root, layer)}`),
      env: { TRACE_HOME: home, TRACE_COLLECTOR_QUEUE_DIR: join(home, 'data/otelcol') },
    }),
  };
}

export const nats: OutsideProgram = {
  name: 'nats',
  tool: 'nats-server',
  ports: [
    { number: 4222, setting: 'port in backends/nats/nats.conf' },
    { number: 8222, setting: 'http in backends/nats/nats.conf' },
  ],
  // Answers 200 when JetStream has read what it holds.
  readyUrl: 'http://127.0.0.1:8222/healthz',
  address: 'nats://127.0.0.1:4222',
  needs: ['backends/nats/nats.conf'],
  wrongConfiguration: natsProblem,
  command: ({ executable, root, home }) => ({
    file: executable,
    args: ['--config', join(root, 'backends/nats/nats.conf'), '--store_dir', join(home, 'data/nats')],
    env: {},
  }),
  stopDeadlineMillis: 10_000,
};

export const prometheus: OutsideProgram = {
  name: 'prometheus',
  tool: 'prometheus',
  ports: [{ number: 9090, setting: '--web.listen-address in launcher/src/programs/outside.ts' }],
  readyUrl: 'http://127.0.0.1:9090/-/ready',
  address: 'http://127.0.0.1:9090',
  needs: ['backends/prometheus/prometheus.yaml'],
  wrongConfiguration: backendProblem,
  command: ({ executable, root, home }) => ({
    file: executable,
    args: [
      `--config.file=${join(root, 'backends/prometheus/prometheus.yaml')}`,
      `--storage.tsdb.path=${join(home, 'data/prometheus')}`,
      '--storage.tsdb.retention.time=7d',
      '--web.listen-address=127.0.0.1:9090',
      '--web.enable-otlp-receiver',
      '--web.enable-remote-write-receiver',
      '--enable-feature=exemplar-storage',
    ],
    env: { TRACE_DATA_DIR: join(home, 'data') },
  }),
  stopDeadlineMillis: 15_000,
};

export const tempo: OutsideProgram = {
  name: 'tempo',
  tool: 'tempo',
  ports: [
    { number: 3200, setting: 'server.http_listen_port in backends/tempo/tempo.yaml' },
    { number: 14317, setting: 'distributor.receivers.otlp in backends/tempo/tempo.yaml' },
    { number: 13095, setting: 'server.grpc_listen_port in backends/tempo/tempo.yaml' },
  ],
  readyUrl: 'http://127.0.0.1:3200/ready',
  address: 'http://127.0.0.1:3200',
  needs: ['backends/tempo/tempo.yaml'],
  wrongConfiguration: backendProblem,
  command: ({ executable, root, home }) => ({
    file: executable,
    args: [`-config.file=${join(root, 'backends/tempo/tempo.yaml')}`, '-config.expand-env=true'],
    env: { TRACE_DATA_DIR: join(home, 'data') },
  }),
  // Its query front end waits for an empty queue, which is cleared up to 30 s after the last query only (Tempo's
  // queueCleanupPeriod); the ingester has written everything to its WAL by then.
  stopDeadlineMillis: 10_000,
  slowStopNote: 'a query of the last 30 s holds it up; its spans are on disk',
};

export const loki: OutsideProgram = {
  name: 'loki',
  tool: 'loki',
  ports: [
    { number: 3100, setting: 'server.http_listen_port in backends/loki/loki.yaml' },
    { number: 13096, setting: 'server.grpc_listen_port in backends/loki/loki.yaml' },
  ],
  readyUrl: 'http://127.0.0.1:3100/ready',
  address: 'http://127.0.0.1:3100',
  needs: ['backends/loki/loki.yaml'],
  wrongConfiguration: backendProblem,
  command: ({ executable, root, home }) => ({
    file: executable,
    args: [`-config.file=${join(root, 'backends/loki/loki.yaml')}`, '-config.expand-env=true'],
    env: { TRACE_DATA_DIR: join(home, 'data') },
  }),
  stopDeadlineMillis: 20_000,
};

export const grafana: OutsideProgram = {
  name: 'grafana',
  tool: 'grafana',
  ports: [{ number: 3000, setting: 'GF_SERVER_HTTP_PORT in launcher/src/programs/outside.ts' }],
  readyUrl: 'http://127.0.0.1:3000/api/health',
  address: 'http://127.0.0.1:3000',
  needs: [
    'backends/grafana/provisioning/datasources/trace.yaml',
    'backends/grafana/provisioning/dashboards/trace.yaml',
  ],
  command: ({ executable, root, home }) => ({
    file: executable,
    args: ['server', '--homepath', dirname(dirname(executable))],
    env: {
      GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_SERVER_HTTP_PORT: '3000',
      GF_PATHS_DATA: join(home, 'data/grafana'),
      GF_PATHS_PROVISIONING: join(root, 'backends/grafana/provisioning'),
      // For provisioning/dashboards/trace.yaml.
      TRACE_DASHBOARDS_DIR: join(root, 'backends/grafana/dashboards'),
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: join(
        root,
        'backends/grafana/dashboards/trace-overview.json',
      ),
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      // Explore, where people live, without the right to change anything.
      GF_USERS_VIEWERS_CAN_EDIT: 'true',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    },
  }),
  stopDeadlineMillis: 10_000,
};

/** A Kubernetes API server and its store, for the tests and benchmarks that need a real one. */
export const kubernetes = [{ tool: 'etcd' }, { tool: 'kube-apiserver' }] as const;

/** Renders and installs the chart in its tests. */
export const helm = { tool: 'helm' } as const;
/** Renders it too, and has to come to the same. */
export const helm3 = { tool: 'helm-3' } as const;

/** An S3 server, for the tests of the backends' buckets. */
export const objectStore = { tool: 'versitygw' } as const;

/**
 * RabbitMQ, PostgreSQL and Redis for the sample services' tests, Chromium for those of our pages, Kafka for those of the
 * road through it. They come from a Linux distribution's packages, or want Java and Maven, which not every machine has:
 * the cases that need them are skipped there.
 */
export const fromPackages = [
  { tool: 'rabbitmq-server', optional: true },
  { tool: 'postgresql', optional: true },
  { tool: 'redis-server', optional: true },
  { tool: 'chromium', optional: true },
  { tool: 'kafka', optional: true },
] as const;
