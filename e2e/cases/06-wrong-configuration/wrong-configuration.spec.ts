import { spawn } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs } from '../../../launcher/src/programs/index.ts';
import type { ProgramName } from '../../../launcher/src/programs/program.ts';
import { root } from '../../support/paths.ts';
import { executableOf } from '../../support/running-program.ts';

interface Mistake {
  readonly file: string;
  readonly program: ProgramName;
  readonly from: string | RegExp;
  readonly to: string;
  /** What the one line must say, in this order: where, and what was expected. */
  readonly line: RegExp;
}

const MISTAKES: readonly Mistake[] = [
  {
    file: 'apps/enrichment-processor/config/enrichment-processor.yaml',
    program: 'enrichment-processor',
    from: 'maxReceiveBytes:',
    to: 'maxRecieveBytes:',
    line: /enrichment-processor\.yaml: \S*maxRecieveBytes: .*expected one of the keys .*did you mean "maxReceiveBytes"/,
  },
  {
    file: 'apps/enrichment-processor/config/catalogue.yaml',
    program: 'enrichment-processor',
    from: /criticality: \w+/,
    to: 'criticality: hgih',
    line: /catalogue\.yaml: \S*criticality: got "hgih", expected one of critical, high, medium, low \(did you mean "high"\?\)/,
  },
  {
    file: 'apps/alert-engine/config/alert-engine.yaml',
    program: 'alert-engine',
    from: 'interval: 1s',
    to: 'interval: often',
    line: /alert-engine\.yaml: evaluate\.interval: got "often", expected a duration such as/,
  },
  {
    file: 'apps/alert-engine/config/rules/sample-services.yaml',
    program: 'alert-engine',
    from: 'quantile: 0.95',
    to: 'quantile: 95',
    line: /sample-services\.yaml: groups\[0\]\.rules\[0\]\.latency\.quantile: got 95, expected/,
  },
  {
    file: 'apps/alert-engine/config/rules/platform.yaml',
    program: 'alert-engine',
    from: 'up{job=~"trace/.+"} == 0',
    to: 'up{job=~"trace/.+" == 0',
    line: /platform\.yaml: groups\[3\]\.rules\[0\]\.expr: got "up\{.*expected PromQL; it breaks off/,
  },
  {
    file: 'apps/sim-service/config/sim-service.yaml',
    program: 'gateway',
    from: /port: 8080/,
    to: 'port: 80800',
    line: /sim-service\.yaml: gateway\.http\.port: got 80800, expected a number of at most 65535/,
  },
  {
    file: 'otel-collector/base.yaml',
    program: 'otelcol',
    from: 'check_interval: 500ms',
    to: 'check_interval: soon',
    line: /otel-collector\/base\.yaml:\d+: processors\.memory_limiter\/ingest\.check_interval: got "soon", expected another value: time: invalid duration/,
  },
  {
    file: 'otel-collector/ingest.yaml',
    program: 'otelcol',
    from: 'compression: none',
    to: 'compresion: none',
    line: /otel-collector\/ingest\.yaml:\d+: exporters\.otlp_grpc\/enrichment\.compresion: got "none", expected a key/,
  },
  {
    file: 'otel-collector/file-log.yaml',
    program: 'otelcol',
    from: 'poll_interval: 200ms',
    to: 'poll_interval: often',
    line: /otel-collector\/file-log\.yaml:\d+: receivers\.file_log\/access\.poll_interval: got "often", expected/,
  },
  {
    file: 'otel-collector/fan-out.yaml',
    program: 'otelcol',
    from: 'max_recv_msg_size_mib: 80',
    to: 'max_recv_msg_size_mib: many',
    line: /otel-collector\/fan-out\.yaml:\d+: receivers\.otlp\/enriched\.protocols\.grpc\.max_recv_msg_size_mib: got "many", expected/,
  },
  {
    file: 'otel-collector/tempo.yaml',
    program: 'otelcol',
    from: /otlp_grpc\/tempo/g,
    to: 'otlp_grcp/tempo',
    line: /otel-collector\/tempo\.yaml:\d+: exporters\.otlp_grcp\/tempo: expected one of the types .*did you mean "otlp_grpc"/,
  },
  {
    file: 'otel-collector/loki.yaml',
    program: 'otelcol',
    from: /queue_size: \d+/,
    to: 'queue_size: -1',
    line: /otel-collector\/loki\.yaml:\d+: exporters\.otlp_http\/loki\.sending_queue\.queue_size: got -1, expected .*must be positive/,
  },
  {
    file: 'otel-collector/prometheus.yaml',
    program: 'otelcol',
    from: 'receivers: [otlp/enriched]',
    to: 'receivers: [oltp/enriched]',
    line: /otel-collector\/prometheus\.yaml:\d+: service\.pipelines\.metrics\/prometheus: .*"oltp\/enriched" which is not configured/,
  },
  {
    file: 'otel-collector/alert-engine.yaml',
    program: 'otelcol',
    from: '\nexporters:',
    to: '\n exporters:',
    line: /otel-collector\/alert-engine\.yaml:\d+: expected valid YAML/,
  },
  {
    file: 'otel-collector/local.yaml',
    program: 'otelcol',
    from: 'load: {}',
    to: 'laod: {}',
    line: /otel-collector\/local\.yaml:\d+: receivers\.host_metrics\.scrapers\.laod: expected a key/,
  },
  {
    file: 'backends/tempo/tempo.yaml',
    program: 'tempo',
    from: 'retry_after_on_resource_exhausted',
    to: 'retry_after_on_resource_exausted',
    line: /backends\/tempo\/tempo\.yaml:\d+: distributor\.retry_after_on_resource_exausted: .*expected a key/,
  },
  {
    file: 'backends/loki/loki.yaml',
    program: 'loki',
    from: 'max_chunk_age: 48h',
    to: 'max_chunk_age: long',
    line: /backends\/loki\/loki\.yaml:\d+: ingester\.max_chunk_age: got "long", expected a value of type time\.Duration/,
  },
  {
    file: 'backends/prometheus/prometheus.yaml',
    program: 'prometheus',
    from: 'scrape_interval: 15s',
    to: 'scrape_interval: soon',
    line: /backends\/prometheus\/prometheus\.yaml:\d+: global\.scrape_interval: got "soon", expected .*duration/,
  },
  {
    file: 'backends/nats/nats.conf',
    program: 'nats',
    from: 'max_file_store: 4GiB',
    to: 'max_flie_store: 4GiB',
    line: /backends\/nats\/nats\.conf:\d+: jetstream\.max_flie_store: got "4GiB", expected a key/,
  },
];

/** The variables that name the file for each of our programs; a rule file or catalogue lies beside it. */
const CONFIG_VARIABLE: Partial<Record<ProgramName, readonly [string, string]>> = {
  'enrichment-processor': [
    'TRACE_ENRICHMENT_CONFIG',
    'apps/enrichment-processor/config/enrichment-processor.yaml',
  ],
  'alert-engine': ['TRACE_ALERT_CONFIG', 'apps/alert-engine/config/alert-engine.yaml'],
  gateway: ['TRACE_SIM_SERVICE_CONFIG', 'apps/sim-service/config/sim-service.yaml'],
};

const CONFIG_FOLDERS = [
  'apps/enrichment-processor/config',
  'apps/alert-engine/config',
  'apps/sim-service/config',
];

describe('a wrong value in a configuration file', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'trace-config-'));
    for (const folder of [...CONFIG_FOLDERS, 'otel-collector', 'backends']) {
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    }
  });
  afterEach(() => {
    rmSync(copy, { recursive: true });
  });

  it('is tried in every configuration file that there is', () => {
    const files = globSync('{apps/*/config,otel-collector,backends}/**/*.{yaml,conf}', { cwd: root });
    // Grafana's data sources are read by Grafana, which there is only where it can be downloaded; what only a cluster
    // reads is tried in 18-chart and in the alert engine's own tests.
    const elsewhere =
      /^backends\/grafana\/|\/(kubernetes|external|ingest-agents|agent|kubelet|kafka-\w+|smoke-test)\.yaml$/;
    const tried = files.filter((file) => !elsewhere.test(file));
    expect(MISTAKES.map(({ file }) => file).sort()).toEqual(tried.sort());
  });

  it.each(MISTAKES)(
    'in $file keeps $program from starting, in one line',
    async ({ file, program, from, to, line }) => {
      const path = join(copy, file);
      const before = readFileSync(path, 'utf8');
      const after = before.replace(from, to);
      expect(after).not.toBe(before);
      writeFileSync(path, after);
      const { exitCode, said } = await startFails(program, copy);
      expect(exitCode).not.toBe(0);
      expect(said.split('\n')).toHaveLength(1);
      expect(said).toMatch(line);
    },
  );
});

/** Starts the program on the copied configuration; what a person is told when it ends. */
async function startFails(
  name: ProgramName,
  copy: string,
): Promise<{ exitCode: number | null; said: string }> {
  const program = programs.find((one) => one.name === name);
  if (program === undefined) throw new Error(`no program ${name}`);
  const [variable, file] = CONFIG_VARIABLE[name] ?? [];
  const command = program.command({
    root: program.tool === undefined ? root : copy,
    home: join(copy, '.trace'),
    executable: executableOf(program),
  });
  const child = spawn(command.file, command.args, {
    cwd: copy,
    env: {
      ...process.env,
      ...command.env,
      ...(variable === undefined || file === undefined ? {} : { [variable]: join(copy, file) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  const files = program.needs
    .filter(() => program.tool !== undefined)
    .map((needed) => ({ name: needed, text: readFileSync(join(copy, needed), 'utf8') }));
  return { exitCode, said: program.wrongConfiguration?.(output + errors, files) ?? errors.trim() };
}
