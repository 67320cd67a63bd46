import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrichmentProcessor } from '../../launcher/src/programs/apps.ts';
import { SERVICES, STATIC_ATTRIBUTES, catalogueAttributes } from '../shared/payload.ts';
import { Subject } from '../shared/subject.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What both take from the cluster. */
export const METADATA = [
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.deployment.name',
  'k8s.node.name',
] as const;

export interface Setting {
  readonly folder: string;
  /** OTLP in, and HTTP of our own; both free. */
  readonly port: number;
  readonly httpPort: number;
  readonly sinkPort: number;
  /** Without one, no metadata of pods is added. */
  readonly kubeconfig: string | undefined;
  /** Our default rules against credentials, and what the Collector has for them. */
  readonly privacy: boolean;
}

/** Our hop, configured to add the static attributes, the catalogue's and the pods'. */
export function startProcessor({ folder, port, httpPort, sinkPort, kubeconfig, privacy }: Setting): Subject {
  const catalogue = SERVICES.map((service) => {
    const { 'service.owner': owner, ...rest } = catalogueAttributes(service);
    const [criticality, runbook, dashboard] = Object.values(rest);
    return [service, { owner, criticality, runbook, dashboard }];
  });
  const kubernetes = kubeconfig && {
    enabled: true,
    authType: 'kubeConfig',
    kubeConfig: kubeconfig,
    waitForMetadata: true,
    extract: { metadata: METADATA, otelAnnotations: false, traceAnnotations: false },
    podAssociation: [{ sources: [{ from: 'resource_attribute', name: 'k8s.pod.ip' }] }],
  };
  const config = {
    http: { port: httpPort },
    receive: { port },
    enrich: {
      attributes: STATIC_ATTRIBUTES,
      catalogue: 'catalogue.yaml',
      privacy: { enabled: privacy },
      ...(kubernetes && { kubernetes }),
    },
    forward: { endpoint: `127.0.0.1:${sinkPort}` },
  };
  // JSON is YAML.
  writeFileSync(
    join(folder, 'catalogue.yaml'),
    JSON.stringify({ services: Object.fromEntries(catalogue) as unknown }),
  );
  const file = join(folder, `enrichment-processor-${port}.yaml`);
  writeFileSync(file, JSON.stringify(config));
  // As the launcher starts it.
  const { args } = enrichmentProcessor.command({ root: ROOT, home: folder, executable: process.execPath });
  return new Subject('enrichment processor', port, process.execPath, args, { TRACE_ENRICHMENT_CONFIG: file });
}

/** The same hop done by a Collector: no queue, no compression, no retries, its own telemetry off. */
export function startCollector(setting: Setting, binary: string): Subject {
  const { folder, port, sinkPort, kubeconfig, privacy } = setting;
  const insert = Object.entries(STATIC_ATTRIBUTES).map(([key, value]) => ({ key, value, action: 'insert' }));
  const statements = SERVICES.map((service) => ({
    context: 'resource',
    conditions: [`attributes["service.name"] == "${service}"`],
    statements: Object.entries(catalogueAttributes(service)).map(
      ([key, value]) => `set(attributes["${key}"], "${value}") where attributes["${key}"] == nil`,
    ),
  }));
  const pipeline = {
    receivers: ['otlp'],
    processors: [
      ...(kubeconfig ? ['k8s_attributes'] : []),
      'resource',
      'transform',
      ...(privacy ? ['redaction'] : []),
    ],
    exporters: ['otlp_grpc'],
  };
  const config = {
    receivers: {
      otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${port}`, max_recv_msg_size_mib: 64 } } },
    },
    processors: {
      resource: { attributes: insert },
      transform: { trace_statements: statements, log_statements: statements, metric_statements: statements },
      ...(kubeconfig && { k8s_attributes: K8S_ATTRIBUTES }),
      ...(privacy && { redaction: REDACTION }),
    },
    exporters: {
      otlp_grpc: {
        endpoint: `127.0.0.1:${sinkPort}`,
        tls: { insecure: true },
        compression: 'none',
        sending_queue: { enabled: false },
        retry_on_failure: { enabled: false },
      },
    },
    service: {
      telemetry: { logs: { level: 'error' }, metrics: { level: 'none' } },
      pipelines: { traces: pipeline, logs: pipeline, metrics: pipeline },
    },
  };
  const file = join(folder, `collector-${port}.yaml`);
  writeFileSync(file, JSON.stringify(config));
  const env = kubeconfig ? { KUBECONFIG: kubeconfig } : {};
  return new Subject('Go Collector', port, binary, ['--config', file], env);
}

const K8S_ATTRIBUTES = {
  auth_type: 'kubeConfig',
  wait_for_metadata: true,
  extract: { metadata: METADATA },
  pod_association: [{ sources: [{ from: 'resource_attribute', name: 'k8s.pod.ip' }] }],
};

/** The nearest that the processor has to our default rules (enrich.privacy): the same kinds of credentials. */
const REDACTION = {
  allow_all_keys: true,
  blocked_key_patterns: [
    '(?i)(authorization|cookie|password|passphrase|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key)$',
  ],
  blocked_values: [
    '(?i)bearer [a-z0-9._~+/-]+=*',
    '(?i)basic [a-z0-9+/]+=*',
    '://[^/@ ]+:[^/@ ]+@',
    '(?i)(password|token|api_key|secret|signature)=[^& ]+',
    '"(password|token|api_key|secret)" *: *"[^"]*"',
    'eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*',
    'A(KIA|SIA)[A-Z0-9]{16}',
    'AIza[A-Za-z0-9_-]{35}',
    '-----BEGIN [A-Z ]*PRIVATE KEY-----',
  ],
};
